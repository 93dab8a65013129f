import { useState } from 'preact/hooks';
import { createInvitation } from '../../shared/api/account_api.ts';
import { Button, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { CopyButton } from './copy_button.tsx';
import { PageTop } from './page_top.tsx';

export function InvitePane() {
  const [invitation, setInvitation] = useState('');
  const [problem, setProblem] = useState('');
  const make = (): void => {
    setProblem('');
    createInvitation().then(
      (made) => setInvitation(made.link),
      (error: unknown) => setProblem(inWords(error)),
    );
  };
  return (
    <div class="sheet stack">
      <PageTop>{t.invite.title}</PageTop>
      <p>{t.invite.intro}</p>
      {invitation !== '' && (
        <div class="stack-tight" role="status">
          <span class="legend">{t.invite.link}</span>
          <code class="code">{invitation}</code>
          <CopyButton text={invitation} label={t.common.copy} />
        </div>
      )}
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <Button look={invitation === '' ? 'primary' : 'quiet'} onClick={make}>
        {invitation === '' ? t.invite.make : t.invite.another}
      </Button>
    </div>
  );
}
