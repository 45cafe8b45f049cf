/** Questions to the engine that an API's read depends on: no read waits longer for it than people notice. */
import { fromUtf8 } from "@torrential/core";
import type { EnginePort } from "../engine-thread/engine-thread.ts";
import type { EngineQuestion } from "../engine-thread/messages.ts";

/** How long a read waits for the engine. */
export const ENGINE_WAIT_MS = 250;

/** The JSON that it answers with; undefined when it does not answer in time. Rejects with what it refused. */
export async function askSoon<Answer>(engine: EnginePort, question: EngineQuestion): Promise<Answer | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ENGINE_WAIT_MS);
  try {
    const answer = await Promise.race([engine.ask(question), late]);
    return answer instanceof Uint8Array ? (JSON.parse(fromUtf8(answer)) as Answer) : undefined;
  } finally {
    clearTimeout(timer);
  }
}
