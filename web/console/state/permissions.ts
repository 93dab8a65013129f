// What the page offers. The service checks every request again by itself: nothing here protects anything.
import { session } from '../../shared/account/session.ts';
import type { Id, Permission } from '../../shared/api/types.ts';

export const may = (...any: Permission[]): boolean =>
  any.some((permission) => session.value?.permissions.includes(permission) ?? false);

export const isMe = (account: Id | undefined): boolean => account !== undefined && account === session.value?.account;
