/** Formats of the present language. */
import { useTranslation } from "react-i18next";
import { type Format, makeFormat } from "../format/format.ts";

const formats = new Map<string, Format>();

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const known = formats.get(i18n.language);
  if (known !== undefined) return known;
  const made = makeFormat(i18n.language);
  formats.set(i18n.language, made);
  return made;
}
