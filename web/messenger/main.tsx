import '../shared/tokens.css';
import '../shared/base.css';
import './messenger.css';
import { render } from 'preact';
import { restoreSession } from '../shared/account/session.ts';
import { App } from './views/app.tsx';

restoreSession('messenger');
render(<App />, document.getElementById('app')!);
