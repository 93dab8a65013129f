// An icon and a word each: what kind of evidence this is, and how urgent a case.
import type { Band, EvidenceClass } from '../../shared/api/case_types.ts';
import { Icon, type IconName } from '../../shared/components/icon.tsx';
import { c } from '../strings/index.ts';

const classLooks: Record<EvidenceClass, [IconName, string]> = {
  verified: ['check', 'ok'],
  not_verified: ['alert', 'warn'],
  provider_record: ['record', ''],
};

export function ClassBadge({ of }: { of: EvidenceClass }) {
  const [icon, tone] = classLooks[of];
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {c.names.classes[of]}
    </span>
  );
}

export function VoucherBadge({ finding }: { finding: 'confirmed' | 'not_confirmed' }) {
  return (
    <span class={`state ${finding === 'confirmed' ? 'ok' : 'warn'}`}>
      <Icon name="device" />
      {c.names.voucherFindings[finding]}
    </span>
  );
}

const bandLooks: Record<Band, [IconName, string]> = {
  rescue: ['lighthouse', 'alert'],
  high: ['flag', 'warn'],
  normal: ['clock', ''],
  low: ['clock', 'muted'],
};

export function BandBadge({ band }: { band: Band }) {
  const [icon, tone] = bandLooks[band];
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon} />
      {c.names.bands[band]}
    </span>
  );
}
