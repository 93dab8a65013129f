import type { Finding } from '../../shared/api/types.ts';
import { Icon } from '../../shared/components/icon.tsx';
import { t } from '../../shared/strings/index.ts';

export function FindingBadge({ finding }: { finding: Finding }) {
  return finding === 'verified' ? (
    <span class="state ok">
      <Icon name="check" />
      {t.console.verified}
    </span>
  ) : (
    <span class="state warn">
      <Icon name="alert" />
      {t.console.notVerified}
    </span>
  );
}
