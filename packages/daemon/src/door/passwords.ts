/** Passwords, as argon2id of Node's own crypto (PROMISES C2). */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { Turns } from "./turns.ts";

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** About 80 ms of one core: OWASP's least is 19 MiB and two passes. Two at once take 64 MiB. */
export const PASSWORD_COST: Argon2Cost = { memoryKib: 32_768, passes: 3 };
export const PASSWORD_LENGTH_MIN = 12;

const TAG_BYTES = 32;
const SALT_BYTES = 16;
/** Hashing runs on Node's shared pool of four: half of it stays free. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 16;

export class PasswordHasher {
  readonly #cost: Argon2Cost;
  readonly #turns = new Turns({ atOnceMax: AT_ONCE_MAX, waitingMax: WAITING_MAX });

  constructor(cost: Argon2Cost = PASSWORD_COST) {
    this.#cost = cost;
  }

  /** "$argon2id$v=19$m=…,t=…,p=1$salt$hash" (PHC string format). Throws "busy". */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#turns.run(() => derive(password, salt, this.#cost));
    const { memoryKib, passes } = this.#cost;
    return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${encode(salt)}$${encode(tag)}`;
  }

  /**
   * Whether `password` is the one; without `stored`, as for an unknown user, the same work and false. `isStillWanted`
   * is asked when its turn comes: false, no work and undefined. Throws "busy".
   */
  verify(
    password: string,
    stored: string | undefined,
    isStillWanted: () => boolean = () => true,
  ): Promise<boolean | undefined> {
    const parsed = stored === undefined ? undefined : parsePhc(stored);
    return this.#turns.run(async () => {
      if (!isStillWanted()) return undefined;
      const tag = await derive(password, parsed?.salt ?? Buffer.alloc(SALT_BYTES), parsed?.cost ?? this.#cost);
      const wanted = parsed?.tag ?? Buffer.alloc(TAG_BYTES);
      return wanted.length === tag.length && timingSafeEqual(wanted, tag) && parsed !== undefined;
    });
  }
}

function derive(password: string, salt: Uint8Array, cost: Argon2Cost): Promise<Buffer> {
  const parameters = {
    message: password.normalize("NFC"),
    nonce: salt,
    parallelism: 1,
    tagLength: TAG_BYTES,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
  return new Promise((resolve, reject) => {
    argon2("argon2id", parameters, (error, tag) => {
      if (error === null) resolve(tag);
      else reject(error);
    });
  });
}

interface Phc {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

function parsePhc(text: string): Phc | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  if (match === null) return undefined;
  const [, memory, passes, salt = "", tag = ""] = match;
  return {
    cost: { memoryKib: Number(memory), passes: Number(passes) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
