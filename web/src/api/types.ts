import type { components } from './schema.gen.ts';

type Schemas = components['schemas'];

/** The shapes of the contract under the portal's own names; all come from openapi.yaml. */
export type Bill = Schemas['Bill'];
export type Certificate = Schemas['Certificate'];
export type Collectable = Schemas['Collectable'];
export type Due = Schemas['Due'];
export type Fee = Schemas['Fee'];
export type Inquiry = Schemas['Inquiry'];
export type InquiryRequest = Schemas['InquiryRequest'];
export type Line = Schemas['Line'];
export type Me = Schemas['Me'];
export type Municipality = Schemas['Municipality'];
export type MunicipalityDues = Schemas['MunicipalityDues'];
export type Order = Schemas['Order'];
export type Payment = Schemas['Payment'];
export type Purpose = Schemas['Purpose'];
export type Receipt = Schemas['Receipt'];
export type Session = Schemas['Session'];
export type Step = Schemas['Step'];
export type Text = Schemas['Text'];
export type Vehicle = Schemas['Vehicle'];

/** The permissions that the portal asks about, as the contract's `x-permission` names them. */
export type Permission =
  | 'inquiries.create'
  | 'orders.create'
  | 'orders.read'
  | 'payments.create'
  | 'certificates.issue'
  | 'certificates.read';
