/**
 * Which blocks of a false piece to fetch again, when several peers sent it.
 *
 * One of them, the judge, brings blocks of the others anew. In the first round those of the most suspicious, in the
 * second all the rest: then the whole piece is the judge's, and false or true it names who lied. So a round costs what is
 * doubted, and never more than the piece.
 */
import type { BlockSenders } from "./verifier.ts";

export interface DoubtView {
  readonly judge: number;
  /** From 1. */
  readonly round: number;
  /** How much speaks against a sender, by connection id. */
  readonly suspicionOf: (id: number) => number;
}

/** Stands for senders that nobody knows: blocks of an earlier run. */
const UNKNOWN = -1;

/** Block indexes, ascending: at least one that the judge did not send, and never all. */
export function chooseDoubted(senders: BlockSenders, view: DoubtView): readonly number[] {
  const ids = senders.map((sender) => sender?.id ?? UNKNOWN);
  const others = [...new Set(ids)].filter((id) => id !== view.judge);
  const chosen = new Set(view.round === 1 ? mostSuspicious(others, view) : others);
  const doubted = ids.flatMap((id, block) => (chosen.has(id) ? [block] : []));
  // A piece of which nothing is here is anyone's: one block stays until the next round.
  return doubted.length === ids.length ? doubted.slice(0, -1) : doubted;
}

/** Those who stand out; where nobody does, half of them. */
function mostSuspicious(ids: readonly number[], { suspicionOf }: DoubtView): readonly number[] {
  const half = Math.ceil(ids.length / 2);
  const sorted = ids.toSorted((a, b) => suspicionOf(b) - suspicionOf(a));
  const worst = sorted.filter((id) => suspicionOf(id) === suspicionOf(sorted[0] ?? UNKNOWN));
  return worst.length > half ? sorted.slice(0, half) : worst;
}
