/** Categories and tags as the daemon has them; read again when it says that they changed. */
import type { Category, Tag } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client } from "../live/client.ts";

const NO_CATEGORIES: readonly Category[] = [];
const NO_TAGS: readonly Tag[] = [];

export function useCategories(): readonly Category[] {
  const { data } = useQuery({ queryKey: ["labels", "categories"], queryFn: () => client.call("listCategories", {}) });
  return data ?? NO_CATEGORIES;
}

export function useTags(): readonly Tag[] {
  const { data } = useQuery({ queryKey: ["labels", "tags"], queryFn: () => client.call("listTags", {}) });
  return data ?? NO_TAGS;
}

/** Colors by name. */
export interface LabelColors {
  readonly categories: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
}

export function useLabelColors(): LabelColors {
  const categories = useCategories();
  const tags = useTags();
  return useMemo(() => ({ categories: colorsOf(categories), tags: colorsOf(tags) }), [categories, tags]);
}

function colorsOf(labels: readonly (Category | Tag)[]): ReadonlyMap<string, string> {
  return new Map(labels.flatMap(({ name, color }) => (color === undefined ? [] : [[name, color] as const])));
}
