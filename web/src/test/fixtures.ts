import type { Bill, Certificate, Due, Inquiry, Municipality, Order, Payment, Session } from '../api/types.ts';

const tehran: Municipality = { code: 1, name_fa: 'تهران', name_en: 'Tehran', province_fa: 'تهران' };
const mashhad: Municipality = { code: 2, name_fa: 'شهرداری مشهد', name_en: 'Mashhad', province_fa: 'خراسان رضوی' };

/** A session that may do everything, or only what is given. */
export function session(permissions?: string[]): Session {
  const all = ['inquiries.create', 'orders.create', 'orders.read', 'payments.create', 'certificates.issue', 'certificates.read', 'deposits.read'];
  return {
    access_token: 'token-1',
    token_type: 'Bearer',
    expires_at: new Date(Date.now() + 900_000).toISOString(),
    me: {
      id: '0198a000-0000-7000-8000-0000000000e1',
      name_fa: 'زهرا احمدی',
      role: 'office_manager',
      home: 'office',
      second_factor: 'none',
      office: { id: '0198a000-0000-7000-8000-000000000001', name_fa: 'دفتر ولیعصر', licence_no: '1404-7731', municipality: tehran },
      permissions: permissions ?? all,
    },
  };
}

/** A session of somebody who works for a city. */
export function citySession(): Session {
  const me: Session['me'] = { id: '0198a000-0000-7000-8000-0000000000e9', name_fa: 'سارا مرادی', role: 'tariff_editor', home: 'municipality', second_factor: 'none', municipality: tehran, permissions: ['tariffs.read', 'tariffs.edit'] };
  return { ...session(), me };
}

/** An assessed due of the year. */
export function due(fiscalYear: number, rial: number, more: Partial<Due> = {}): Due {
  return {
    fiscal_year: fiscalYear,
    state: 'assessed',
    lines: [{ charge: 'annual_duty', amount_rial: rial }],
    total_rial: rial,
    balance_rial: rial,
    explanation: [
      {
        code: 'annual_duty',
        text: { fa: `شرح سال ${fiscalYear}`, en: 'why' },
        amount: String(rial),
        legal_reference: { fa: 'مادهٔ ۲۹ قانون', en: 'Art. 29' },
        inputs: [],
      },
    ],
    ...more,
  };
}

/** Two payable dues in Tehran, and in Mashhad one payable, one paid, one claimed and one without a tariff. */
export function inquiry(more: Partial<Inquiry> = {}): Inquiry {
  return {
    id: '0198a000-0000-7000-8000-00000000000a',
    at: '2026-11-20T10:00:00Z',
    purpose: 'settlement',
    vehicle: {
      vin: 'NAAN01CA5HK123456', plate: '12ب14547', class: 'passenger_car', usage: 'private', fuel: 'petrol', origin: 'domestic',
      type_name_fa: 'پژو پارس', model_year: 1396, first_registered: '1396/05/12',
    },
    municipalities: [
      { municipality: tehran, state: 'answered', payable_rial: 5_000_000, dues: [due(1404, 2_000_000), due(1405, 3_000_000)] },
      {
        municipality: mashhad,
        state: 'answered',
        payable_rial: 700_000,
        dues: [
          due(1400, 900_000, { state: 'paid', balance_rial: 0 }),
          due(1401, 800_000, { state: 'claimed', balance_rial: 0, claimed_until: '2026-11-20T11:00:00Z' }),
          due(1402, 0, { state: 'missing_tariff', lines: [] }),
          due(1403, 700_000),
        ],
      },
    ],
    unattributed: [due(1399, 0, { state: 'missing_residence', lines: [] })],
    payable_rial: 5_700_000,
    ...more,
  };
}

/** The address that the tests' order has. */
export const orderId = '0198a000-0000-7000-8000-00000000000b';

function bill(at: number, municipality: Municipality, rial: number, state: Bill['state']): Bill {
  return {
    id: `0198a000-0000-7000-8000-0000000000b${at}`, municipality, bill_id: `773109900036${at}`, payment_id: `21720005${at}`,
    barcode: '77310990003600000217200059', amount_rial: rial, state,
    dues: [{ fiscal_year: 1404, amount_rial: rial, lines: [], cites: { tariff: 't', base_rial: 1_000_000_000, valuation: 'v' } }],
  };
}

/** An open order over both cities, valid for the next hour. */
export function order(more: Partial<Order> = {}): Order {
  const state = more.state === 'paid' ? 'paid' : 'open';
  return {
    id: orderId, state: 'open', inquiry_id: inquiry().id, vehicle: inquiry().vehicle,
    bills: [bill(1, tehran, 5_000_000, state), bill(2, mashhad, 700_000, state)],
    payments: [], total_rial: 5_700_000, paid_rial: 0, refunded_rial: 0, created_at: '2026-11-20T10:00:00Z',
    valid_until: new Date(Date.now() + 3_600_000).toISOString(), ...more,
  };
}

/** An attempt to pay both bills. */
export function payment(state: Payment['state'], more: Partial<Payment> = {}): Payment {
  return {
    id: '0198a000-0000-7000-8000-00000000000c', state, method: 'gateway', provider: 'sep', amount_rial: 5_700_000, refunded_rial: 0,
    bills: order().bills.map(({ id }) => id), created_at: '2026-11-20T10:01:00Z', expires_at: '2026-11-20T10:21:00Z', ...more,
  };
}

/** The certificate of the order. */
export const certificate: Certificate = {
  serial: 'MF-1405-7', status: 'issued', through_fiscal_year: 1405, issued_at: '2026-11-20T10:05:00Z',
  verify_url: 'http://office.test/v/MF-1405-7/abc', document: 'x.y.z',
};
