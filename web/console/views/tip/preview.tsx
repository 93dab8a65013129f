// What investigators' tools take out of a report first: addresses with time and event, then for each file whether a
// person has seen it, its class, hash and note.
import type { ComponentChildren } from 'preact';
import type { InvestigatorView } from '../../../shared/api/reporting_api.ts';
import { Note } from '../../../shared/components/parts.tsx';
import { c } from '../../strings/index.ts';
import { Facts } from '../parts.tsx';

export function Preview({ view }: { view: InvestigatorView | null }) {
  if (view === null) {
    return (
      <Note tone="warn">
        <p>{c.tip.previewNone}</p>
      </Note>
    );
  }
  const yes = (value: boolean): string => (value ? c.shell.yes : c.shell.no);
  return (
    <>
      <Facts
        rows={[
          [c.tip.seen.service, view.reporting_service],
          [c.tip.seen.type, view.incident_type],
          [c.tip.seen.at, view.incident_at],
          [c.tip.seen.escalated, yes(view.escalated)],
        ]}
      />
      <Table
        title={c.tip.seen.captures}
        columns={c.tip.seen.captureColumns}
        rows={view.captures.map((one) => [
          one.who,
          one.ip,
          one.port ?? '–',
          one.at === '' ? '–' : one.at,
          one.event === '' ? '–' : one.event,
          yes(one.possible_proxy),
        ])}
      />
      <Table
        title={c.tip.seen.people}
        columns={c.tip.seen.peopleColumns}
        rows={view.people.map((one) => [
          one.role,
          `${one.esp_identifier} ${one.esp_service}`,
          one.screen_name,
          one.contacts.length === 0 ? '–' : one.contacts.join(', '),
          one.age === '' ? '–' : one.age,
        ])}
      />
      <Table
        title={c.tip.seen.files}
        columns={c.tip.seen.fileColumns}
        rows={view.files.map((one) => [
          `${one.item} ${one.name}`,
          one.viewed ? c.tip.seen.viewed : one.locked ? c.tip.seen.locked : c.tip.seen.notViewed,
          one.classification === '' ? '–' : one.classification,
          <code class="hash">{one.sha256}</code>,
          one.note === '' ? '–' : one.note,
        ])}
      />
    </>
  );
}

function Table({ title, columns, rows }: { title: string; columns: string[]; rows: ComponentChildren[][] }) {
  return (
    <div class="stack-tight">
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p class="state warn">{c.tip.seen.nothing}</p>
      ) : (
        <div class="table-frame" tabIndex={0} role="region" aria-label={title}>
          <table class="small">
            <thead>
              <tr>
                {columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, column) => (
                    <td key={column}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
