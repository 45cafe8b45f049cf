/** Every sum the picker keeps, counted anew. For tests and the simulator. */
import { assert } from "@torrential/core";
import { ALONE, FREE, OWNED, RECEIVED, REQUESTED, type PartialPiece } from "./partial-piece.ts";
import type { PickerPeer } from "./peer.ts";
import type { PieceTable } from "./piece-table.ts";

type Peers = ReadonlyMap<number, PickerPeer>;

/** Throws, naming the first thing that does not add up. */
export function checkBooks(table: PieceTable, peers: Peers): void {
  checkPieces(table);
  for (const partial of table.partials) checkPartial(table, partial, peers);
  checkReservations(table, peers);
  checkAvailability(table, peers);
  for (const peer of peers.values()) checkPeer(table, peer);
}

function checkPieces(table: PieceTable): void {
  const { pieceCount } = table.geometry;
  let free = 0;
  for (let piece = 0; piece < pieceCount; piece++) {
    const partial = table.partialOf(piece);
    const has = table.have.has(piece);
    const priority = table.priorityOf(piece);
    const isLacking = !has && priority > 0;
    expectEqual(table.lacking.has(piece), isLacking, `piece ${piece}: lacking`);
    expectEqual(table.open.has(piece), isLacking && partial === undefined, `piece ${piece}: open`);
    const layer = isLacking && partial === undefined ? priority : 0;
    expectEqual(table.rarity.layerOf[piece], layer, `piece ${piece}: layer`);
    assert(!has || partial === undefined, `picker: piece ${piece} is had and partial`);
    if (isLacking) free += partial?.freeCount ?? table.geometry.blocksIn(piece);
    const isDue = table.deadlines.dueAt(piece) !== undefined && table.hasFree(piece);
    expectEqual(table.deadlines.line.includes(piece), isDue, `piece ${piece}: in the line of deadlines`);
  }
  expectEqual(table.freeBlocks, free, "free blocks");
}

function checkPartial(table: PieceTable, partial: PartialPiece, peers: Peers): void {
  const what = `partial piece ${partial.piece}`;
  assert(table.partialOf(partial.piece) === partial, `picker: ${what} is not found by its number`);
  const counts = [0, 0, 0];
  for (let block = 0; block < partial.blockCount; block++) {
    const state = partial.stateOf(block);
    counts[state] = (counts[state] ?? 0) + 1;
    if (state === FREE) expectEqual(partial.holderOf(block), -1, `${what}: holder of free block ${block}`);
    if (state === REQUESTED) assert(peers.has(partial.holderOf(block)), `picker: ${what}: ${block} is held by no peer`);
  }
  expectEqual(partial.blockCount, table.geometry.blocksIn(partial.piece), `${what}: blocks`);
  expectEqual(partial.freeCount, counts[FREE], `${what}: free`);
  expectEqual(partial.receivedCount, counts[RECEIVED], `${what}: received`);
  expectEqual(partial.isVerifying, partial.receivedCount === partial.blockCount, `${what}: verifying`);
  assert(partial.freeCount < partial.blockCount, `picker: ${what} is empty and not closed`);
  checkPlace(table, partial, what);
}

function checkPlace(table: PieceTable, partial: PartialPiece, what: string): void {
  const priority = table.priorityOf(partial.piece);
  const isListed = partial.freeCount > 0 && priority > 0 && partial.sharing !== ALONE;
  const list = table.lists.at(priority, partial.sharing);
  expectEqual(partial.listKey >= 0, isListed, `${what}: listed`);
  if (isListed) assert(list[partial.listIndex] === partial, `picker: ${what} is not in its list`);
  const isOwned = partial.sharing === OWNED || partial.sharing === ALONE;
  expectEqual(partial.ownerId >= 0, isOwned, `${what}: has an owner`);
}

function checkReservations(table: PieceTable, peers: Peers): void {
  for (const peer of peers.values()) {
    let held = 0;
    for (const partial of table.partials) {
      let heldHere = 0;
      for (let block = 0; block < partial.blockCount; block++) if (partial.isHolder(block, peer.id)) heldHere++;
      held += heldHere;
      if (heldHere === 0) continue;
      assert(peer.pieces.has(partial.piece), `picker: peer ${peer.id} lacks piece ${partial.piece} asked of it`);
      assert(peer.reservedIn.includes(partial), `picker: peer ${peer.id} forgot piece ${partial.piece}`);
    }
    expectEqual(peer.outstanding, held, `peer ${peer.id}: outstanding`);
  }
}

function checkAvailability(table: PieceTable, peers: Peers): void {
  const { rarity } = table;
  let seeds = 0;
  const counts = new Uint16Array(table.geometry.pieceCount);
  for (const peer of peers.values()) {
    if (peer.countsAsSeed) seeds++;
    const from = peer.countsAsSeed ? -1 : peer.pieces.nextSet(0);
    for (let piece = from; piece >= 0; piece = peer.pieces.nextSet(piece + 1)) counts[piece] = (counts[piece] ?? 0) + 1;
  }
  expectEqual(rarity.seeds, seeds, "seeds");
  for (let piece = 0; piece < counts.length; piece++) {
    expectEqual(rarity.availability[piece], counts[piece], `piece ${piece}: availability`);
    const priority = rarity.layerOf[piece] ?? 0;
    if (priority === 0 || rarity.isStale) continue;
    const bucket = rarity.layer(priority).items[counts[piece] ?? 0];
    expectEqual(bucket?.[rarity.positionOf(piece)], piece, `piece ${piece}: place in its bucket`);
  }
  checkBuckets(table);
}

function checkBuckets(table: PieceTable): void {
  const { rarity } = table;
  // A check must not sort: it would change what is picked next.
  if (rarity.isStale) return;
  for (let priority = 1; priority <= 7; priority++) {
    const layer = rarity.layer(priority);
    let sum = 0;
    for (let level = layer.levelFrom(0); level >= 0; level = layer.levelFrom(level + 1)) {
      assert((layer.counts[level] ?? 0) > 0, `picker: level ${level} of priority ${priority} is marked and empty`);
      sum += layer.counts[level] ?? 0;
    }
    expectEqual(sum, rarity.layerCounts[priority], `priority ${priority}: listed pieces`);
  }
}

function checkPeer(table: PieceTable, peer: PickerPeer): void {
  if (peer.witness >= 0) {
    assert(peer.pieces.has(peer.witness), `picker: peer ${peer.id} interests us for a piece it lacks`);
    return;
  }
  if (peer.interestEpoch !== table.interestEpoch) return;
  for (let piece = peer.pieces.nextSet(0); piece >= 0; piece = peer.pieces.nextSet(piece + 1)) {
    assert(!table.lacking.has(piece), `picker: peer ${peer.id} has piece ${piece} and is of no interest`);
  }
}

function expectEqual(got: unknown, wanted: unknown, what: string): void {
  assert(got === wanted, `picker: ${what}: kept ${String(got)}, counted ${String(wanted)}`);
}
