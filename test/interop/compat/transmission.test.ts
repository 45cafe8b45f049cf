/** The same requests to transmission-daemon and to us: statuses, types and sentences, field by field. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { TransmissionClient } from "../../support/clients/transmission.ts";
import { describeIf, missingNamespace, missingProgram } from "../../support/requirements.ts";
import { waitFor } from "../../support/wait-for.ts";
import { type Answer, checkKnown, compareAnswers, type Side, send, type Step } from "./conversation.ts";
import { transmissionSteps } from "./transmission-steps.ts";
import { World } from "./world.ts";
import { TRANSMISSION_DIFFERENCES } from "./known-differences.ts";

describeIf(
  [missingNamespace(), missingProgram("transmission-daemon")],
  "Transmission's RPC beside transmission-daemon",
  () => {
    let world: World<TransmissionClient>;
    let sides: readonly [Side, Side];

    beforeAll(async () => {
      world = await World.start({
        name: "transmission",
        network: 65,
        makeReference: (options) => new TransmissionClient(options),
      });
      const { saveDirs, theirs, ours } = world;
      sides = [
        { name: "theirs", url: theirs.rpcUrl, saveDir: saveDirs.theirs },
        { name: "ours", url: `${ours.url}/transmission/rpc`, saveDir: saveDirs.ours },
      ];
    });

    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    });

    it("answers alike, but for what is listed with a reason", async () => {
      const found: Record<string, string> = {};
      const speakers = sides.map((side) => new Speaker(side));
      for (const step of transmissionSteps(world)) {
        const [theirs, ours] = await Promise.all(speakers.map((speaker) => speaker.say(step)));
        if (theirs === undefined || ours === undefined) throw new Error("two sides");
        Object.assign(found, compareAnswers(step, theirs, ours));
      }
      expect(checkKnown(found, TRANSMISSION_DIFFERENCES)).toEqual({ unknown: {}, needless: [] });
    });
  },
);

/** Keeps the session id that a 409 brings. */
class Speaker {
  readonly #side: Side;
  #id = "";

  constructor(side: Side) {
    this.#side = side;
  }

  async say(step: Step): Promise<Answer> {
    const { until } = step;
    if (until === undefined) return await this.#send(step);
    let last: Answer | undefined;
    return await waitFor(
      async () => {
        last = await this.#send(step);
        return until(JSON.parse(last.text)) ? last : undefined;
      },
      { what: () => `${step.name} of ${this.#side.name}; it says ${last?.text.slice(0, 2000)}` },
    );
  }

  async #send(step: Step): Promise<Answer> {
    const ask = step.ask(this.#side);
    if (this.#id === "") {
      const response = await fetch(this.#side.url, { method: "POST", body: "{}" });
      await response.text();
      this.#id = response.headers.get("x-transmission-session-id") ?? "none";
    }
    return await send(this.#side, { ...ask, headers: { "x-transmission-session-id": this.#id, ...ask.headers } });
  }
}
