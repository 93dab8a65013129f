import { useEffect, useState } from 'preact/hooks';
import { JoinPage, SignInPage } from '../../shared/account/pages.tsx';
import { session } from '../../shared/account/session.ts';
import { readConfig } from '../../shared/api/account_api.ts';
import type { Config } from '../../shared/api/types.ts';
import { Brand } from '../../shared/components/brand.tsx';
import { Button, Note } from '../../shared/components/parts.tsx';
import { route } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { forgetDrafts } from '../state/drafts.ts';
import { forgetExposure } from '../state/exposure.ts';
import { forgetQueue } from '../state/queue.ts';
import { comeBack, panicked } from '../state/cover.ts';
import { c } from '../strings/index.ts';
import { Blank, Shell } from './shell.tsx';

// What one person typed and read is not for whoever signs in next in this tab. The same person finds it again, as after
// a session that ended by itself.
let lastAccount: string | null = null;
session.subscribe((now) => {
  if (now === null || now.account === lastAccount) return;
  if (lastAccount !== null) {
    forgetDrafts();
    forgetExposure();
    forgetQueue();
  }
  lastAccount = now.account;
});

export function App() {
  const [config, setConfig] = useState<Config | null>(null);
  const [problem, setProblem] = useState('');
  const load = (): void => {
    setProblem('');
    readConfig().then(setConfig, (error: unknown) => setProblem(inWords(error)));
  };
  useEffect(load, []);
  const blank = panicked.value;
  useEffect(() => {
    document.title = blank ? c.blank.title : `${c.blank.title}: ${c.shell.title.toLowerCase()}`;
  }, [blank]);

  if (blank) return <Blank onBack={comeBack} />;
  if (config === null) {
    return (
      <main class="page">
        <Brand />
        {problem === '' ? (
          <p role="status">{t.common.loading}</p>
        ) : (
          <>
            <Note tone="alert" role="alert">
              {problem}
            </Note>
            <Button look="primary" onClick={load}>
              {t.common.tryAgain}
            </Button>
          </>
        )}
      </main>
    );
  }
  const [page, code] = route.value;
  if (session.value === null) {
    return page === 'join' && code !== undefined ? (
      <JoinPage code={code} role="reviewer" config={config} />
    ) : (
      <SignInPage role="reviewer" config={config} />
    );
  }
  return <Shell key={session.value.account} config={config} />;
}
