import { describe, expect, it } from "vitest";
import { fromHex, makeEndpoint, toHex, utf8 } from "@torrential/core";
import { isCanonical, isSigned, type MutableItem, signItem, targetOfItem } from "./item.ts";
import { ItemStore } from "./item-store.ts";

const VALUE = utf8("12:Hello World!");
const KEY = fromHex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
const SEED = new Uint8Array(32).fill(9);
const FROM = makeEndpoint("8.8.8.8", 1);

/** BEP 44's test vectors 1 and 2. */
const PLAIN: MutableItem = {
  type: "mutable",
  value: VALUE,
  publicKey: KEY,
  salt: new Uint8Array(),
  seq: 1,
  signature: fromHex(
    "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01",
  ),
};
const SALTED: MutableItem = {
  ...PLAIN,
  salt: utf8("foobar"),
  signature: fromHex(
    "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08",
  ),
};

describe("items of BEP 44", () => {
  it("have the targets and signatures of the vectors", () => {
    expect(toHex(targetOfItem(PLAIN))).toBe("4a533d47ec9c7d95b1ad75f576cffc641853b750");
    expect(toHex(targetOfItem(SALTED))).toBe("411eba73b6f087ca51a3795d9c8c938d365e32c1");
    expect(toHex(targetOfItem({ type: "immutable", value: VALUE }))).toBe("e5f96f6f38320f0f33959cb4d3d656452117aadb");
    expect([isSigned(PLAIN), isSigned(SALTED)]).toEqual([true, true]);
  });

  it("are not signed when anything was changed", () => {
    for (const change of [{ seq: 2 }, { value: utf8("12:Hello world!") }, { salt: utf8("foobar") }])
      expect(isSigned({ ...PLAIN, ...change })).toBe(false);
  });

  it("are signed by us", () => {
    const item = signItem({ seed: SEED, value: VALUE, salt: utf8("s"), seq: 3 });
    expect(isSigned(item)).toBe(true);
  });

  it("are canonical or refused", () => {
    expect(isCanonical(utf8("d1:ai1e1:bi2ee"))).toBe(true);
    for (const text of ["d1:bi1e1:ai2ee", "i01e", "i1e1:a", "", "l".repeat(400) + "e".repeat(400)])
      expect(isCanonical(utf8(text))).toBe(false);
  });
});

describe("item store", () => {
  const put = (store: ItemStore, item: Parameters<ItemStore["put"]>[0], cas?: number, from = FROM) =>
    store.put(item, { endpoint: from, cas }, 0);
  const sign = (seq: number, text = "1:a") => signItem({ seed: SEED, value: utf8(text), seq });

  it("goes forward only, and compares before it swaps", () => {
    const store = new ItemStore();
    expect(put(store, sign(5))).toEqual({ ok: true });
    expect(put(store, sign(4))).toMatchObject({ code: 302 });
    expect(put(store, sign(5))).toEqual({ ok: true });
    expect(put(store, sign(5, "1:b"))).toMatchObject({ code: 302 });
    expect(put(store, sign(6), 4)).toMatchObject({ code: 301 });
    expect(put(store, sign(6), 5)).toEqual({ ok: true });
    expect(store.get(targetOfItem(sign(1)), 0)).toMatchObject({ seq: 6 });
  });

  it("keeps nothing that is not signed or not canonical", () => {
    const store = new ItemStore();
    expect(put(store, { ...sign(1), seq: 2 })).toMatchObject({ code: 206 });
    expect(put(store, { type: "immutable", value: utf8("i01e") })).toMatchObject({ code: 203 });
    expect(store.count).toBe(0);
  });

  it("is bounded: in all, and for one source", () => {
    const store = new ItemStore();
    for (let i = 0; i < 60; i++) put(store, { type: "immutable", value: utf8(`i${i}e`) });
    expect(store.count).toBe(50);
    for (let i = 0; i < 2000; i++)
      put(store, { type: "immutable", value: utf8(`i${i}e`) }, undefined, makeEndpoint(`8.${i >> 8}.${i & 255}.1`, 1));
    expect(store.count).toBe(700);
  });

  it("forgets after two hours", () => {
    const store = new ItemStore();
    put(store, sign(1));
    expect(store.get(targetOfItem(sign(1)), 7_200_000)).toBeUndefined();
    store.expire(7_200_000);
    expect(store.count).toBe(0);
  });
});
