// Staff: who may do what, invitations, and deeds that take two people.
import { send, sendJson } from './http.ts';
import type { Id, Person } from './types.ts';

export type StaffRole = 'reviewer' | 'senior' | 'legal' | 'auditor' | 'admin';
export const staffRoles: readonly StaffRole[] = ['reviewer', 'senior', 'legal', 'auditor', 'admin'];

export interface StaffMember extends Person {
  role: StaffRole;
  scopes: string[];
}

/** 202: a second person has to approve before it takes effect. */
export interface AwaitsApproval {
  approval: number;
}

export interface Invitation {
  code: string;
  link: string;
}

export type ApprovalState = 'open' | 'approved' | 'refused' | 'used' | 'expired';
export interface Approval {
  id: number;
  kind: string;
  subject: Record<string, unknown>;
  requested_by: Person;
  requested_ms: number;
  state: ApprovalState;
  decided_by?: Person;
  reason?: string;
}

export const listStaff = async (): Promise<StaffMember[]> =>
  (await sendJson<{ staff: StaffMember[] }>('/api/v1/staff')).staff;

/** With the number of an approval that another person gave, the invitation is made. */
export const inviteStaff = (role: StaffRole, scopes: string[], approval?: number): Promise<Invitation | AwaitsApproval> =>
  sendJson('/api/v1/staff/invitations', {
    method: 'POST',
    json: { role, scopes, ...(approval === undefined ? {} : { approval }) },
  });

/** Takes a colleague's access away at once. */
export async function removeStaff(account: Id): Promise<void> {
  await send(`/api/v1/staff/${account}`, { method: 'DELETE' });
}

export const changeStaff = (account: Id, role: StaffRole, scopes: string[]): Promise<AwaitsApproval> =>
  sendJson(`/api/v1/staff/${account}`, { method: 'PUT', json: { role, scopes } });

export const listApprovals = async (): Promise<Approval[]> =>
  (await sendJson<{ approvals: Approval[] }>('/api/v1/approvals')).approvals;

export const answerApproval = (id: number, approve: boolean, reason: string): Promise<{ state: ApprovalState }> =>
  sendJson(`/api/v1/approvals/${id}`, { method: 'POST', json: { approve, reason } });
