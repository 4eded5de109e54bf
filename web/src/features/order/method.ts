import { useState } from 'react';
import { remember, remembered } from '../../api/machine.ts';
import type { Bill, Order } from '../../api/types.ts';
import { openBills } from './order.ts';

/** How the payer pays, in the order in which a counter uses them. */
export const methods = ['terminal', 'gateway', 'deposit', 'bank'] as const;
export type Method = (typeof methods)[number];

/** The method, and how to choose another one. */
export type MethodChosen = [method: Method, choose: (method: Method) => void];

/** The method of this machine: the one that was chosen here last, so that on most visits there is nothing to choose. */
export function useMethod(): MethodChosen {
  const [method, setMethod] = useState(() => methods.find((one) => one === remembered('method')) ?? 'gateway');
  const choose = (next: Method) => {
    remember('method', next);
    setMethod(next);
  };
  return [method, choose];
}

/** A bill that the payer can pay at a bank by its two numbers. */
export type SlipBill = Bill & Required<Pick<Bill, 'bill_id' | 'payment_id' | 'barcode'>>;

/** The open bills with numbers for a bank, and those that have none. */
export function slipsOf(order: Order): { slips: SlipBill[]; refused: Bill[] } {
  const open = openBills(order);
  const slips = open.filter((bill): bill is SlipBill => Boolean(bill.bill_id && bill.payment_id && bill.barcode) && !bill.bank_refusal);
  return { slips, refused: open.filter((bill) => !slips.some(({ id }) => id === bill.id)) };
}
