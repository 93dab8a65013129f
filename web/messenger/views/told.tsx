// At the moment of a match: who is told what, and whether it has got there.
import { t } from '../../shared/strings/index.ts';
import type { Id } from '../../shared/api/types.ts';
import type { Verdict } from '../guard/client.ts';
import { useApp } from './context.ts';

interface Props {
  verdict: Verdict;
  /** Client id of the voucher; null: nobody is told. */
  voucher: Id | null;
  /** What is said while nobody is told. */
  nobody: string;
}

export function Told({ verdict, voucher, nobody }: Props) {
  const { messenger } = useApp();
  const { keptVouchers, relay } = messenger.core.screen;
  if (voucher === null) return <p class="small muted">{nobody}</p>;
  const kept = keptVouchers.value.find((one) => one.clientId === voucher);
  const state =
    kept === undefined ? 'sent' : kept.state === 'refused' ? 'refused' : relay.value === 'offline' ? 'waiting' : 'sending';
  return (
    <div class="stack-tight" data-told={state}>
      <p>{t.picture.told.now}</p>
      <ul class="stack-tight">
        {verdict.disclosedNow.map(({ what, to }) => (
          <li key={what}>{t.picture.told.row(what, to)}</li>
        ))}
      </ul>
      <p role="status">{t.picture.told[state]}</p>
    </div>
  );
}
