/** Trackers as people write them: a URL a line, a blank line between tiers. */

export function formatTiers(trackers: readonly { readonly tier: number; readonly url: string }[]): string {
  const tiers = Map.groupBy(trackers, ({ tier }) => tier);
  return [...tiers.values()].map((tier) => tier.map(({ url }) => url).join("\n")).join("\n\n");
}

export function parseTiers(text: string): readonly (readonly string[])[] {
  return text
    .split(/\n\s*\n/)
    .map((tier) =>
      tier
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    )
    .filter((tier) => tier.length > 0);
}
