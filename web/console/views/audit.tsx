import { useEffect, useState } from 'preact/hooks';
import { listAudit, readCheckpoint, readExport, type AuditEntry } from '../../shared/api/audit_api.ts';
import { Button, PageHeading } from '../../shared/components/parts.tsx';
import { c } from '../strings/index.ts';
import { Loading, Moment, Problem, saveAs, useDeed } from './parts.tsx';

export function AuditPage() {
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<number | string | null>(null);
  const { busy, problem, run } = useDeed();
  const load = (after: number | string | null): Promise<boolean> =>
    run(async () => {
      const page = await listAudit(after);
      setEntries(after === null ? page.entries : [...(entries ?? []), ...page.entries]);
      setNext(page.next);
    });
  useEffect(() => void load(null), []);
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.audit.title}</PageHeading>
      <p>{c.audit.intro}</p>
      <div class="row">
        <Button disabled={busy} onClick={() => void run(async () => saveAs(await readCheckpoint(), 'checkpoint.txt'))}>
          {c.audit.checkpoint}
        </Button>
        <Button disabled={busy} onClick={() => void run(async () => saveAs(await readExport(), 'audit-log.lkaudit'))}>
          {c.audit.export}
        </Button>
      </div>
      <p class="small muted">{c.audit.exportHint}</p>
      {entries === null ? <Loading problem={problem} /> : <Problem text={problem} />}
      {entries?.length === 0 && <p class="muted">{c.audit.none}</p>}
      {entries !== null && entries.length > 0 && (
        <div class="table-frame" tabIndex={0} role="region" aria-label={c.audit.title}>
          <table>
            <thead>
              <tr>
                {c.audit.columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map((one) => (
                <tr key={one.number}>
                  <td>{one.number}</td>
                  <td>
                    <Moment ms={one.at_ms} />
                  </td>
                  <td>
                    <code>{one.action}</code>
                  </td>
                  <td>{one.actor?.name ?? c.audit.service}</td>
                  <td>
                    <code class="hash">{one.subject}</code>
                  </td>
                  <td>{one.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== null && (
        <Button disabled={busy} onClick={() => void load(next)}>
          {c.audit.more}
        </Button>
      )}
    </main>
  );
}
