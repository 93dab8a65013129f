import '../shared/tokens.css';
import '../shared/base.css';
import './console.css';
import { render } from 'preact';
import { restoreSession } from '../shared/account/session.ts';
import { watchOverCovers } from './state/cover.ts';
import { App } from './views/app.tsx';

restoreSession('console');
watchOverCovers();
render(<App />, document.getElementById('app')!);
