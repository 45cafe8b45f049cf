/**
 * Who may run: torrents in the order of the queue, incomplete and complete ones apart, up to the limits. Slow ones run
 * beside the others without counting; one that got nothing for long gives its place to the next.
 */

export interface QueueLimits {
  readonly isEnabled: boolean;
  /** Infinity for no limit. */
  readonly downloadsMax: number;
  readonly seedsMax: number;
  readonly activeMax: number;
}

export interface QueueItem<T> {
  readonly key: T;
  readonly isComplete: boolean;
  /** Runs, or is told to. */
  readonly isRunning: boolean;
  /** It runs, and moves too little to count. */
  readonly isSlow: boolean;
  /** It ran without use for long, and runs still or gave its place away since: others come first. */
  readonly isStale: boolean;
  /** When it gave its place away; of those, who did so longest ago is the next. */
  readonly gaveWayAt?: number | undefined;
}

/** `items` in the order of the queue: those that are to run, forced and stopped ones apart. */
export function planQueue<T>(items: readonly QueueItem<T>[], limits: QueueLimits): ReadonlySet<T> {
  if (!limits.isEnabled) return new Set(items.map(({ key }) => key));
  const turns = new Set<T>();
  const counts = { downloads: 0, seeds: 0 };
  // A stale one is asked last, so that whoever waits goes before it; with nobody waiting it keeps its place.
  const stale = items.filter(({ isStale }) => isStale);
  const when = ({ gaveWayAt = Infinity }: QueueItem<T>): number => gaveWayAt;
  const order = [
    ...items.filter(({ isStale }) => !isStale),
    ...stale.toSorted((a, b) => (when(a) === when(b) ? 0 : when(a) - when(b))),
  ];
  for (const item of order) {
    const isFull =
      counts.downloads + counts.seeds >= limits.activeMax ||
      (item.isComplete ? counts.seeds >= limits.seedsMax : counts.downloads >= limits.downloadsMax);
    if (isFull) continue;
    turns.add(item.key);
    if (item.isRunning && item.isSlow) continue;
    if (item.isComplete) counts.seeds += 1;
    else counts.downloads += 1;
  }
  return turns;
}
