// Deeds that take two people. Who asks cannot approve; the service holds to it, the page says so beforehand.
import { useState } from 'preact/hooks';
import { answerApproval, listApprovals, type Approval } from '../../shared/api/staff_api.ts';
import { Button, PageHeading } from '../../shared/components/parts.tsx';
import { dateAndTime } from '../../shared/words.ts';
import { announce } from '../state/announce.ts';
import { isMe } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { Reason } from './decision.tsx';
import { Loading, Problem, Tree, useDeed, useReading } from './parts.tsx';

export function ApprovalsPage() {
  const [approvals, problem, again] = useReading(listApprovals, 'approvals');
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.approvals.title}</PageHeading>
      <p>{c.approvals.intro}</p>
      {approvals === null ? (
        <Loading problem={problem} />
      ) : (
        <ul class="stack">
          {approvals.length === 0 && <li class="muted">{c.approvals.none}</li>}
          {approvals.map((one) => (
            <One key={one.id} approval={one} onAnswered={again} />
          ))}
        </ul>
      )}
    </main>
  );
}

function One({ approval, onAnswered }: { approval: Approval; onAnswered: () => void }) {
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const { busy, problem, run } = useDeed();
  const mine = isMe(approval.requested_by.account);
  const title = `${approval.id}: ${c.approvals.kinds[approval.kind] ?? approval.kind}`;
  const answer = async (approve: boolean): Promise<void> => {
    setAsked(true);
    if (reason.trim() === '') return;
    const done = await run(async () => {
      const { state } = await answerApproval(approval.id, approve, reason.trim());
      announce(c.approvals.answered(c.names.approvals[state]));
    });
    if (done) onAnswered();
  };
  return (
    <li class="card stack-tight" data-approval={approval.state} aria-label={title}>
      <div class="row spread">
        <h2>{title}</h2>
        <strong>{c.names.approvals[approval.state]}</strong>
      </div>
      <p class="small muted">{c.approvals.asked(approval.requested_by.name, dateAndTime(approval.requested_ms))}</p>
      <Tree value={approval.subject} />
      {approval.decided_by !== undefined && (
        <p class="small">{c.approvals.by(approval.decided_by.name, approval.reason ?? '')}</p>
      )}
      {approval.state === 'open' &&
        (mine ? (
          <p>{c.approvals.own}</p>
        ) : (
          <>
            <Reason
              label={c.approvals.reason}
              value={reason}
              error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
              onChange={setReason}
            />
            <Problem text={problem} />
            <div class="row">
              <Button look="primary" disabled={busy} onClick={() => void answer(true)}>
                {c.approvals.approve}
                <span class="visually-hidden"> {title}</span>
              </Button>
              <Button disabled={busy} onClick={() => void answer(false)}>
                {c.approvals.refuse}
                <span class="visually-hidden"> {title}</span>
              </Button>
            </div>
          </>
        ))}
    </li>
  );
}
