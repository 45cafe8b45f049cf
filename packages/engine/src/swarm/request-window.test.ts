import { BLOCK_LENGTH } from "@torrential/core";
import { describe, expect, it } from "vitest";
import { REQUEST_QUEUE_DEFAULT, RequestWindow } from "./request-window.ts";

describe("request window", () => {
  it("grows by one with each block, up to what the peer queues", () => {
    const window = new RequestWindow();
    const before = window.blocks;
    window.handleBlock();
    expect(window.blocks).toBe(before + 1);
    for (let count = 0; count < 5_000; count++) window.handleBlock();
    expect(window.blocks).toBe(REQUEST_QUEUE_DEFAULT);
  });

  it("follows rate × 3 s once the rate has stopped growing", () => {
    const window = new RequestWindow();
    window.handleSecond(100 * BLOCK_LENGTH);
    window.handleSecond(105 * BLOCK_LENGTH);
    expect(window.blocks).toBe(315);
    window.handleSecond(10 * BLOCK_LENGTH);
    expect(window.blocks).toBe(30);
    window.handleBlock();
    expect(window.blocks).toBe(30);
  });

  it("goes on growing while the rate does", () => {
    const window = new RequestWindow();
    window.handleSecond(100 * BLOCK_LENGTH);
    window.handleSecond(200 * BLOCK_LENGTH);
    const before = window.blocks;
    window.handleBlock();
    expect(window.blocks).toBe(before + 1);
  });

  it("keeps two blocks requested of the slowest peer, and waits out a silent second", () => {
    const window = new RequestWindow();
    window.handleSecond(1_000);
    window.handleSecond(1_000);
    expect(window.blocks).toBe(2);
    window.handleSecond(0);
    expect(window.blocks).toBe(2);
  });

  it.each([
    [0, 2],
    [10, 10],
    [250, 250],
    [1_000_000, 2_048],
  ])("takes a reqq of %i as %i", (reqq, most) => {
    const window = new RequestWindow();
    window.setPeerLimit(reqq);
    window.handleSecond(1e9, 100);
    for (let count = 0; count < 3_000; count++) window.handleBlock();
    expect(window.blocks).toBe(most);
  });

  it.each([
    [undefined, 512],
    [1, 512],
    [20, 1_222], // 500 MB/s × 20 ms is 611 blocks.
    [200, 2_000],
  ])("at 500 MB/s and a delay of %s ms asks for %i blocks at most", (roundTripMs, most) => {
    const window = new RequestWindow();
    window.setPeerLimit(2_000);
    for (let second = 0; second < 3; second++) {
      window.handleSecond(5e8, roundTripMs);
      for (let count = 0; count < 3_000; count++) window.handleBlock();
    }
    expect(window.blocks).toBe(most);
  });

  it("asks a snubbed peer for one block at a time until it sends again", () => {
    const window = new RequestWindow();
    window.handleSnubbed();
    window.handleBlock();
    expect(window.blocks).toBe(1);
    window.handleUnsnubbed();
    window.handleBlock();
    expect(window.blocks).toBe(3);
  });
});
