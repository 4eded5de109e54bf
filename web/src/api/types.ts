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
export type Me = Schemas['Me'];
export type Municipality = Schemas['Municipality'];
export type MunicipalityDues = Schemas['MunicipalityDues'];
export type Purpose = Schemas['Purpose'];
export type Order = Schemas['Order'];
export type Payment = Schemas['Payment'];
export type PrintedReceipt = Schemas['ReceiptPrint'];
export type Receipt = Schemas['Receipt'];
export type Session = Schemas['Session'];
export type Step = Schemas['Step'];
export type Text = Schemas['Text'];
export type Vehicle = Schemas['Vehicle'];

/** What the pages of the desk and of the manager show. */
export type Agreement = Schemas['Agreement'];
export type AgreementProposal = Schemas['AgreementProposal'];
export type Approval = Schemas['Approval'];
export type Deposit = Schemas['Deposit'];
export type DepositMove = Schemas['DepositMove'];
export type DepositTransfer = Schemas['DepositTransfer'];
export type DepositWithdrawal = Schemas['DepositWithdrawal'];
export type Device = Schemas['Device'];
export type OpenSession = Schemas['OpenSession'];
export type OrderEvent = Schemas['OrderEvent'];
export type OrderSummary = Schemas['OrderSummary'];
export type PaymentMethod = Schemas['PaymentMethod'];
export type Refund = Schemas['Refund'];
export type Refundable = Schemas['Refundable'];
export type ScheduledFee = Schemas['ScheduledFee'];
export type Shift = Schemas['Shift'];
export type ShiftTotal = Schemas['ShiftTotal'];
export type StaffMember = Schemas['StaffMember'];
export type UsageRow = Schemas['UsageRow'];

/** The permissions that the portal asks about, as the contract's `x-permission` names them. */
export type Permission =
  | 'inquiries.create'
  | 'orders.create'
  | 'orders.read'
  | 'payments.create'
  | 'certificates.issue'
  | 'people.read'
  | 'people.manage'
  | 'devices.manage'
  | 'agreements.read'
  | 'agreements.accept'
  | 'approvals.read'
  | 'approvals.decide'
  | 'deposits.manage'
  | 'shifts.keep'
  | 'shifts.manage'
  | 'usage.read'
  | 'refunds.read'
  | 'refunds.request'
  | 'certificates.read'
  | 'deposits.read';
