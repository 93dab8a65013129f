import '../shared/tokens.css';
import '../shared/base.css';
import './console.css';
import { render } from 'preact';
import { restoreSession } from '../shared/account/session.ts';
import { App } from './views/app.tsx';

restoreSession('console');
render(<App />, document.getElementById('app')!);
