/** One event of a stream. */
export interface StreamEvent {
  event: string;
  data: string;
}

function read(block: string): StreamEvent | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length > 0 ? { event, data: data.join('\n') } : undefined;
}

// A connection that a sleeping machine has lost says nothing for ever: after this long it is taken for dead.
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new TypeError('the stream is silent')), milliseconds);
  });
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
}

/**
 * Reads Server-Sent Events (HTML standard, section 9.2) until the stream ends. EventSource is of no use here: it sends no Authorization header. `silence` is how many
 * milliseconds may pass without a byte, comments included; the stream then fails as a lost connection does.
 */
export async function* eventsOf(body: ReadableStream<Uint8Array>, silence: number): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silence);
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll('\r\n', '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = read(block);
        if (event) yield event;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** Waits, or less if it is called off. */
export function pause(milliseconds: number, off: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      off.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    off.addEventListener('abort', end);
  });
}
