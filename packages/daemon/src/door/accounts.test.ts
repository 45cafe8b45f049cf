import { describe, expect, it } from "vitest";
import { MemoryStore } from "../test-support/fake-service.ts";
import { Accounts, type LoginResult } from "./accounts.ts";
import { PasswordHasher } from "./passwords.ts";

const PASSWORD = "correct horse battery";

class World {
  readonly store = new MemoryStore();
  readonly accounts: Accounts;
  now = 1_000;
  hashes = 0;

  constructor() {
    const hasher = new PasswordHasher({ memoryKib: 64, passes: 1 });
    const verify = hasher.verify.bind(hasher);
    hasher.verify = (password, stored, isStillWanted) => {
      return verify(password, stored, () => {
        const isWanted = isStillWanted?.() ?? true;
        if (isWanted) this.hashes += 1;
        return isWanted;
      });
    };
    this.accounts = new Accounts(this.store, hasher);
  }

  logIn(password: string, address: string, username = "admin"): Promise<LoginResult> {
    return this.accounts.logIn({ username, password, address }, () => this.now);
  }
}

async function makeWorld(): Promise<World> {
  const world = new World();
  await world.accounts.setPassword("admin", PASSWORD);
  return world;
}

describe("accounts", () => {
  it("takes the password, and no other", async () => {
    const world = await makeWorld();
    expect(await world.logIn(PASSWORD, "198.51.100.1")).toEqual({ type: "in", username: "admin" });
    expect(await world.logIn("wrong", "198.51.100.1")).toEqual({ type: "wrong" });
    expect(await world.logIn(PASSWORD, "198.51.100.1", "root")).toEqual({ type: "wrong" });
  });

  it("works as hard for a user that does not exist", async () => {
    const world = await makeWorld();
    await world.logIn(PASSWORD, "198.51.100.1", "nobody");
    expect(world.hashes).toBe(1);
  });

  it("makes a source that guesses wait, twice as long each time, up to an hour", async () => {
    const world = await makeWorld();
    const waits: number[] = [];
    for (let i = 0; i < 30; i++) {
      await world.logIn("wrong", "198.51.100.1");
      const wait = world.accounts.waitMs("198.51.100.1", world.now);
      waits.push(wait);
      world.now += wait;
    }
    expect(waits.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 4_000]);
    expect(waits.at(-1)).toBe(3_600_000);
  });

  it("refuses without work while a source must wait, even the right password", async () => {
    const world = await makeWorld();
    for (let i = 0; i < 6; i++) await world.logIn("wrong", "198.51.100.1");
    const before = world.hashes;
    expect(await world.logIn(PASSWORD, "198.51.100.1")).toMatchObject({ type: "locked" });
    expect(world.hashes).toBe(before);
  });

  it("does not let guesses slip through that were sent at once", async () => {
    const world = await makeWorld();
    const all = await Promise.all(Array.from({ length: 18 }, () => world.logIn("wrong", "198.51.100.1")));
    // Two are hashed at a time: those beside and behind the sixth are under way already.
    expect(all.filter(({ type }) => type === "wrong").length).toBeLessThanOrEqual(8);
    expect(world.hashes).toBeLessThanOrEqual(8);
  });

  it("counts a /64 as one source", async () => {
    const world = await makeWorld();
    for (let i = 0; i < 6; i++) await world.logIn("wrong", `2001:db8:1:2::${i + 1}`);
    expect(await world.logIn("wrong", "2001:db8:1:2:ffff::1")).toMatchObject({ type: "locked" });
    expect(await world.logIn("wrong", "2001:db8:1:3::1")).toEqual({ type: "wrong" });
  });

  it("slows an attack from everywhere, and never the owner where they were before", async () => {
    const world = await makeWorld();
    await world.logIn(PASSWORD, "203.0.113.5");
    let heard = 0;
    for (let i = 0; i < 200; i++) {
      const result = await world.logIn(`guess ${i}`, `198.51.100.${i}`);
      if (result.type === "wrong") heard += 1;
    }
    expect(heard).toBeLessThanOrEqual(22);
    expect(await world.logIn(PASSWORD, "203.0.113.5")).toEqual({ type: "in", username: "admin" });
  });

  it("believes Basic credentials for a while, until the password changes", async () => {
    const world = await makeWorld();
    const attempt = { username: "admin", password: PASSWORD, address: "198.51.100.1" };
    const check = (): Promise<LoginResult> => world.accounts.checkBasic(attempt, () => world.now);
    expect(await check()).toMatchObject({ type: "in" });
    expect(await check()).toMatchObject({ type: "in" });
    expect(world.hashes).toBe(1);
    await world.accounts.setPassword("admin", "another one entirely");
    expect(await check()).toEqual({ type: "wrong" });
  });

  it("refuses a short password", async () => {
    const world = new World();
    await expect(world.accounts.setPassword("admin", "short")).rejects.toMatchObject({ code: "invalid" });
    expect(world.accounts.hasPassword).toBe(false);
  });

  it("keeps a hash of argon2id, never the password", async () => {
    const world = await makeWorld();
    expect(world.store.get("passwords", "admin")).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  });
});
