// The pages beside the cases: who is offered them, and the key that leads there.
import type { Permission } from '../../shared/api/types.ts';
import { may } from './permissions.ts';

export type PageName = 'cases' | 'reporting' | 'preservation' | 'approvals' | 'staff' | 'wellbeing' | 'audit';

interface Page {
  name: PageName;
  key: string;
  needs: Permission[];
}

const all: readonly Page[] = [
  { name: 'cases', key: 'g q', needs: ['read_cases'] },
  { name: 'reporting', key: 'g r', needs: ['submit_report', 'arm_production', 'read_audit'] },
  { name: 'preservation', key: 'g h', needs: ['hold_evidence', 'read_audit'] },
  { name: 'approvals', key: 'g y', needs: ['approve'] },
  { name: 'staff', key: 'g u', needs: ['invite_staff', 'approve'] },
  { name: 'wellbeing', key: 'g w', needs: ['release_exposure'] },
  { name: 'audit', key: 'g l', needs: ['read_audit'] },
];

export const pages = (): Page[] => all.filter((one) => may(...one.needs));
