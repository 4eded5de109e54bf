import { expect, type Locator, type Page } from '@playwright/test';
import { latinDigits, type Language } from '../../src/format/format.ts';
import { ground } from './ground.ts';
import { wordsOf, type Key, type Words } from './words.ts';

/** What a payer brings to a bank. */
export interface Slip {
  bill_id: string;
  payment_id: string;
  amount_rial: number;
}

/** Somebody who can sign in. */
export interface Person {
  username: string;
  /** Absent of those whom the ground knows from its beginning. */
  id?: string;
  factor?: Factor;
}

/** What somebody's authenticator knows, and the codes that stand in for it, once each. */
export interface Factor {
  secret: string;
  recovery: string[];
}

/** Somebody of an office at a browser, who finds everything by its role and name. */
export class Operator {
  readonly say: Words;
  readonly username: string;

  constructor(
    readonly page: Page,
    readonly person: Person,
    language: Language,
  ) {
    this.say = wordsOf(language);
    this.username = person.username;
  }

  button(...text: Parameters<Words>): Locator {
    return this.page.getByRole('button', { name: this.say(...text), exact: true });
  }

  link(...text: Parameters<Words>): Locator {
    return this.page.getByRole('link', { name: this.say(...text), exact: true });
  }

  field(...text: Parameters<Words>): Locator {
    return this.page.getByLabel(this.say(...text), { exact: true });
  }

  dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** A part of the day's work, by the portal's own links: the access token is in memory alone. */
  async goTo(place: 'counter' | 'visits' | 'shift' | 'deposit' | 'manage'): Promise<void> {
    const link = this.page.getByRole('navigation', { name: this.say('nav.label') }).getByRole('link', { name: this.say(`nav.${place}`), exact: true });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page'); // what stands on the page is no more that of the page before
  }

  /** Presses a key of the portal, which listens for what can be seen as soon as it has nothing left to draw. */
  async key(name: string): Promise<void> {
    await this.page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 2_000 })));
    await this.page.keyboard.press(name);
  }

  /** Makes room for the next vehicle. */
  async nextVehicle(): Promise<void> {
    await this.key('Escape');
    await this.page.waitForURL((address) => address.pathname === '/');
    await expect(this.page.getByRole('region', { name: this.say('inquiry.title') })).toHaveCount(0);
  }

  /** Leaves a dialog by its key. */
  async escape(): Promise<void> {
    await this.key('Escape');
    await expect(this.dialog()).toBeHidden();
  }

  /** Prints the paper that lies open, and waits until it is out: Chromium drops keys and clicks while it prints. */
  async print(mark: string): Promise<void> {
    const button = this.button('paper.print');
    await button.click();
    await expect(this.dialog().getByText(mark).first()).toBeVisible();
    await expect(button).toHaveAttribute('aria-busy', 'false');
  }

  async signIn(): Promise<void> {
    if (this.page.url() === 'about:blank') await this.page.goto('/');
    await this.fillIn(this.page.locator('body'));
    await expect(this.page.getByRole('heading', { name: this.say('search.title') })).toBeVisible();
  }

  /** Types name and password into the form of a page or of a dialog. */
  async fillIn(form: Locator, password = ground().password, username = this.username): Promise<void> {
    await form.getByLabel(this.say('signIn.username')).fill(username);
    await form.getByLabel(this.say('signIn.password'), { exact: true }).fill(password);
    await form.getByRole('button', { name: this.say('signIn.submit'), exact: true }).click();
  }

  /** Types the code of the second factor, once it is asked for. */
  async fillInCode(form: Locator, code: string): Promise<void> {
    await form.getByLabel(this.say('signIn.code')).fill(code);
    await form.getByRole('button', { name: this.say('signIn.submit'), exact: true }).click();
  }

  /** Types a plate as it is read, which begins in its first part, and looks it up. */
  async lookUp(plate: string): Promise<void> {
    const first = this.page.getByRole('textbox', { name: this.say('plate.two') });
    await first.click();
    await this.page.keyboard.type(plate);
    await this.page.keyboard.press('Enter');
    await expect(this.page.getByRole('region', { name: this.say('inquiry.title') })).toBeVisible();
  }

  due(year: number, city: string): Locator {
    return this.page.getByRole('checkbox', { name: this.say('inquiry.select', { year: this.say.format.digits(year), city }), exact: true });
  }

  /** What opens the explanations of the amounts. */
  why(): Locator {
    return this.page.getByRole('button', { name: this.say('inquiry.why') });
  }

  /** Issues the order of everything that is chosen and gives its address. */
  async order(): Promise<string> {
    await this.button('summary.submit').click();
    await this.page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    await expect(this.page.getByRole('heading', { name: this.say('order.title'), level: 1 })).toBeVisible();
    return new URL(this.page.url()).pathname;
  }

  /** Begins a payment by the gateway and gives the payer's tab. */
  async openGateway(word: 'payment.pay' | 'payment.payAgain' = 'payment.pay'): Promise<Page> {
    const tab = this.page.waitForEvent('popup');
    await this.button(word).click();
    const gateway = await tab;
    await gateway.waitForURL((address) => address.href.startsWith(ground().bank));
    return gateway;
  }

  /** Says at the foot of the page's head in which state the order is. */
  async expectOrder(state: 'open' | 'part_paid' | 'paid' | 'cancelled' | 'expired'): Promise<void> {
    await expect(this.page.getByRole('heading', { name: this.say('order.title'), level: 1 }).locator('..')).toContainText(this.say(`order.state.${state}`), { timeout: 20_000 });
  }

  /** Whether the page offers to take money in any way. */
  async expectNothingToPay(): Promise<void> {
    await expect(this.page.getByRole('radio')).toHaveCount(0);
    for (const word of ['payment.pay', 'payment.payAgain', 'payment.payNext', 'order.cancel'] as const) await expect(this.button(word)).toHaveCount(0);
  }

  /** Reads the slips that lie open, as their payer does. */
  async readSlips(): Promise<Slip[]> {
    const slips: Slip[] = [];
    for (const slip of await this.dialog().getByRole('article').all()) {
      const [bill = '', payment = '', amount = ''] = (await slip.getByRole('definition').allInnerTexts()).map(latinDigits);
      slips.push({ bill_id: bill.replace(/\D/g, ''), payment_id: payment.replace(/\D/g, ''), amount_rial: Number(/[\d٬,]+/.exec(amount)?.[0].replace(/\D/g, '')) });
    }
    return slips;
  }

  async issueCertificate(): Promise<void> {
    await this.button('certificate.issue').click();
    await expect(this.page.getByRole('link', { name: this.say('certificate.open') })).toBeVisible();
  }
}

/** What the payer presses at the gateway. */
export async function atGateway(tab: Page, what: 'pay' | 'cancel'): Promise<void> {
  await tab.getByRole('button', { name: what === 'pay' ? 'پرداخت' : 'انصراف', exact: true }).click();
}

/** Arranges a fault of the bank for one session, which the payer's tab names. */
export async function arrange(tab: Page, scenario: Record<string, unknown>): Promise<void> {
  const token = new URL(tab.url()).searchParams.get('token');
  const response = await fetch(`${ground().bank}/_sim/scenario`, { method: 'POST', body: JSON.stringify({ token, ...scenario }) });
  if (!response.ok) throw new Error(await response.text());
}

/** Looks a vehicle up as somebody who has just signed in, and orders all that can be paid. */
export async function pays(she: Operator, plate: string): Promise<void> {
  await she.signIn();
  await she.lookUp(plate);
  await she.order();
}

/** Chooses a method of payment by its name. */
export async function choose(she: Operator, method: Key): Promise<void> {
  const radio = she.page.getByRole('radio', { name: she.say(method), exact: true });
  await radio.press('Space');
  await expect(radio).toBeChecked();
}

/** Arranges what the card terminal does with the next sale. */
export async function faultAtTerminal(fault: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${ground().bank}/_sim/terminal/scenario`, { method: 'POST', body: JSON.stringify(fault) });
  if (!response.ok) throw new Error(await response.text());
}

/** Sends what is to be paid to the card terminal. */
export async function sendToTerminal(she: Operator): Promise<void> {
  await choose(she, 'label.method.terminal');
  await she.button('payment.by.terminal').click();
}
