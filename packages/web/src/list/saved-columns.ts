/** The chosen columns, kept in this browser. */
import { useCallback, useState } from "react";
import { type ColumnChoice, parseChoice } from "./columns.ts";

const KEY = "torrential.columns";

export function useColumns(): readonly [readonly ColumnChoice[], (choice: readonly ColumnChoice[]) => void] {
  const [choice, setChoice] = useState(readColumns);
  const change = useCallback((next: readonly ColumnChoice[]) => {
    localStorage.setItem(KEY, JSON.stringify(next));
    setChoice(next);
  }, []);
  return [choice, change];
}

function readColumns(): readonly ColumnChoice[] {
  try {
    return parseChoice(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch (error) {
    if (error instanceof SyntaxError) return parseChoice(undefined);
    throw error;
  }
}
