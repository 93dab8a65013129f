// The orders in which kinds are offered.
import type { Decision, Harm, QueueView } from '../../shared/api/case_types.ts';

export const harms: readonly Harm[] = ['known_picture', 'grooming', 'threat', 'unwanted', 'other'];
export const decisionKinds: readonly Decision[] = ['no_action', 'warn', 'restrict', 'escalate', 'report'];
export const caseViews: readonly QueueView[] = [
  'queue',
  'mine',
  'second',
  'appeals',
  'decided',
  'quarantine',
  'sampled',
  'all',
];
