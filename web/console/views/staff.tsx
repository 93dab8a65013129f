import { useState } from 'preact/hooks';
import type { Harm } from '../../shared/api/case_types.ts';
import {
  changeStaff,
  inviteStaff,
  listApprovals,
  listStaff,
  removeStaff,
  staffRoles,
  type Approval,
  type Invitation,
  type StaffMember,
  type StaffRole,
} from '../../shared/api/staff_api.ts';
import { Button, Dialog, Field, Note, PageHeading } from '../../shared/components/parts.tsx';
import { announce } from '../state/announce.ts';
import { harms } from '../state/lists.ts';
import { isMe, may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { Confirm } from './decision.tsx';
import { Loading, Problem, Section, useDeed, useReading } from './parts.tsx';

const scopesInWords = (scopes: readonly string[]): string =>
  scopes.length === 0 ? c.staff.allScopes : scopes.map((one) => c.names.harms[one as Harm] ?? one).join(', ');

export function StaffPage() {
  const [staff, problem, again] = useReading(listStaff, 'staff');
  const [changing, setChanging] = useState<StaffMember | null>(null);
  const [removing, setRemoving] = useState<StaffMember | null>(null);
  const removal = useDeed();
  const remove = async (member: StaffMember): Promise<void> => {
    if (!(await removal.run(() => removeStaff(member.account)))) return;
    announce(c.staff.removed(member.name));
    setRemoving(null);
    again();
  };
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.staff.title}</PageHeading>
      <Section title={c.staff.people}>
        {staff === null ? (
          <Loading problem={problem} />
        ) : (
          <ul class="stack-tight">
            {staff.map((one) => (
              <li key={one.account} class="line row spread">
                <span>
                  <strong>{one.name}</strong>
                  <br />
                  <span class="small muted">
                    {c.names.roles[one.role] ?? one.role}. {c.staff.scopes}: {scopesInWords(one.scopes)}
                  </span>
                </span>
                {may('invite_staff') && !isMe(one.account) && (
                  <span class="row">
                    <Button onClick={() => setChanging(one)}>{c.staff.change(one.name)}</Button>
                    <Button look="quiet" onClick={() => setRemoving(one)}>
                      {c.staff.remove(one.name)}
                    </Button>
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Section>
      {may('invite_staff') && <Invite />}
      {changing !== null && <Change member={changing} onClose={() => setChanging(null)} />}
      {removing !== null && (
        <Confirm
          title={c.staff.remove(removing.name)}
          yes={c.staff.removeYes}
          busy={removal.busy}
          problem={removal.problem}
          onYes={() => void remove(removing)}
          onClose={() => setRemoving(null)}
        >
          <p>{c.staff.removeBody}</p>
        </Confirm>
      )}
    </main>
  );
}

interface RoleProps {
  role: StaffRole;
  scopes: readonly string[];
  onRole: (role: StaffRole) => void;
  onScopes: (scopes: string[]) => void;
}

function RoleAndScopes({ role, scopes, onRole, onScopes }: RoleProps) {
  return (
    <>
      <Field label={c.staff.role} hint={c.names.roleHints[role]}>
        {(ids) => (
          <select {...ids} value={role} onChange={(event) => onRole(event.currentTarget.value as StaffRole)}>
            {staffRoles.map((one) => (
              <option key={one} value={one}>
                {c.names.roles[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <fieldset class="stack-tight">
        <legend class="legend">{c.staff.scopes}</legend>
        {harms.map((one) => (
          <label class="choice tight" key={one}>
            <input
              type="checkbox"
              checked={scopes.includes(one)}
              onChange={(event) => onScopes(event.currentTarget.checked ? [...scopes, one] : scopes.filter((other) => other !== one))}
            />
            <span>{c.names.harms[one]}</span>
          </label>
        ))}
        {scopes.length === 0 && <p class="small muted">{c.staff.allScopes}</p>}
      </fieldset>
    </>
  );
}

function Invite() {
  const [role, setRole] = useState<StaffRole>('reviewer');
  const [scopes, setScopes] = useState<string[]>([]);
  const [link, setLink] = useState('');
  const [waits, setWaits] = useState<number | null>(null);
  const { busy, problem, run } = useDeed();
  const [approvals, , again] = useReading(() => (may('approve') ? listApprovals() : Promise.resolve([])), 'invitations');
  const ready = (approvals ?? []).filter(
    (one) => one.kind === 'staff.invite' && one.state === 'approved' && isMe(one.requested_by.account),
  );
  const take = (answer: Invitation | { approval: number }): void => {
    if ('approval' in answer) setWaits(answer.approval);
    else setLink(answer.link);
    again();
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setLink('');
    setWaits(null);
    await run(async () => take(await inviteStaff(role, scopes)));
  };
  const finish = (approval: Approval): Promise<boolean> =>
    run(async () => {
      const wanted = approval.subject as { role?: StaffRole; scopes?: string[] };
      take(await inviteStaff(wanted.role ?? role, wanted.scopes ?? [], approval.id));
    });
  return (
    <Section title={c.staff.invite}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <RoleAndScopes role={role} scopes={scopes} onRole={setRole} onScopes={setScopes} />
        <Problem text={problem} />
        {waits !== null && (
          <Note tone="info" role="status">
            <p>{c.staff.needsTwo(waits)}</p>
          </Note>
        )}
        {link !== '' && (
          <Note tone="ok" role="status">
            <p>{c.staff.link}</p>
            <p>
              <code class="code">{link}</code>
            </p>
          </Note>
        )}
        <Button type="submit" disabled={busy}>
          {c.staff.make}
        </Button>
        {ready.map((one) => (
          <Button key={one.id} disabled={busy} onClick={() => void finish(one)}>
            {c.staff.finish(one.id)}
          </Button>
        ))}
      </form>
    </Section>
  );
}

function Change({ member, onClose }: { member: StaffMember; onClose: () => void }) {
  const [role, setRole] = useState<StaffRole>(member.role);
  const [scopes, setScopes] = useState<string[]>(member.scopes);
  const [waits, setWaits] = useState<number | null>(null);
  const { busy, problem, run } = useDeed();
  return (
    <Dialog title={c.staff.change(member.name)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => setWaits((await changeStaff(member.account, role, scopes)).approval));
        }}
      >
        <RoleAndScopes role={role} scopes={scopes} onRole={setRole} onScopes={setScopes} />
        <Problem text={problem} />
        {waits === null ? (
          <Button type="submit" look="primary" disabled={busy}>
            {c.staff.changeSend}
          </Button>
        ) : (
          <Note tone="info" role="status">
            <p>{c.staff.needsTwo(waits)}</p>
          </Note>
        )}
      </form>
    </Dialog>
  );
}
