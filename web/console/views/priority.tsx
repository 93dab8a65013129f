import type { ScorePart } from '../../shared/api/reporting_api.ts';
import { c } from '../strings/index.ts';

/** Each part of a score with its points and its reason, in words. */
export function PriorityList({ parts }: { parts: readonly ScorePart[] }) {
  return (
    <ul class="parts">
      {parts.map((part, at) => (
        <li key={part.code ?? at}>
          <strong aria-hidden="true">{part.points > 0 ? `+${part.points}` : part.points}</strong>
          <span class="visually-hidden"> {c.queue.points(part.points)}: </span>
          <span>{part.why}</span>
        </li>
      ))}
    </ul>
  );
}
