import { useTranslation } from 'react-i18next';

/** The roles of an office, from the widest to the narrowest. */
export const roles = ['office_manager', 'office_cashier', 'office_clerk'] as const;

/** One of them. */
export type Role = (typeof roles)[number];

/** What somebody of an office may do, in words that the catalogue has, each with the permissions that it takes. */
export const abilities = {
  inquire: ['inquiries.create'],
  read: ['orders.read', 'certificates.read'],
  order: ['orders.create', 'payments.create'],
  certify: ['certificates.issue'],
  shift: ['shifts.keep'],
  shifts: ['shifts.manage'],
  deposit: ['deposits.read'],
  fund: ['deposits.manage'],
  refunds: ['refunds.read'],
  refund: ['refunds.request'],
  staff: ['people.read', 'people.manage', 'offices.read'],
  approve: ['approvals.read', 'approvals.decide'],
  devices: ['devices.manage'],
  clients: ['clients.manage'],
  agree: ['agreements.read', 'agreements.accept'],
  watch: ['usage.read', 'audit.read', 'suspense.read'],
} as const;

/** One of them. */
export type Ability = keyof typeof abilities;

const cashier: readonly Ability[] = ['inquire', 'read', 'order', 'certify', 'shift', 'deposit', 'refunds'];

/** What each role may do, as the server has it; nobody can change a role's permissions. */
export const granted: Record<Role, readonly Ability[]> = {
  office_manager: Object.keys(abilities) as Ability[],
  office_cashier: cashier,
  office_clerk: ['inquire', 'read'],
};

/** The permissions whose roles two people give; no invitation brings them. */
export const grave: readonly string[] = ['payments.create', 'people.manage', 'approvals.decide'];

/** Whether two people give a role. */
export function isGrave(role: Role): boolean {
  return granted[role].some((ability) => abilities[ability].some((permission) => grave.includes(permission)));
}

/** Names a role; one that the catalogue does not know is shown by its code. */
export function useRoleName(): (code: string) => string {
  const { t, i18n } = useTranslation();
  return (code) => (i18n.exists(`staff.roles.${code}`) ? String(t(`staff.roles.${code as 'office_clerk'}`)) : code);
}
