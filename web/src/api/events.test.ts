import { describe, expect, it } from 'vitest';
import { eventsOf } from './events.ts';

function streamOf(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(stream) {
      for (const chunk of chunks) stream.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      stream.close();
    },
  });
}

async function all(body: ReadableStream<Uint8Array>, silence = 1000) {
  const events = [];
  for await (const event of eventsOf(body, silence)) events.push(event);
  return events;
}

describe('a stream of events', () => {
  it('is read whole, however it is cut', async () => {
    const text = ': watching\n\nevent: order\ndata: {"state":"open"}\n\n: alive\n\ndata: one\ndata: two\n\ndata:bare\n\nevent: cut';
    const events = [{ event: 'order', data: '{"state":"open"}' }, { event: 'message', data: 'one\ntwo' }, { event: 'message', data: 'bare' }];
    expect(await all(streamOf(text))).toEqual(events);
    expect(await all(streamOf(...text))).toEqual(events);
    expect(await all(streamOf(text.replaceAll('\n', '\r\n')))).toEqual(events);
  });

  it('keeps a letter of two bytes that is cut in the middle', async () => {
    const bytes = new TextEncoder().encode('data: پول\n\n');
    expect(await all(streamOf(bytes.slice(0, 7), bytes.slice(7)))).toEqual([{ event: 'message', data: 'پول' }]);
  });

  it('that says nothing is taken for lost', async () => {
    await expect(all(new ReadableStream(), 20)).rejects.toThrow('silent');
  });
});
