/** Takes torrent files and links that are dropped or pasted anywhere on the page. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type NamedSource, parseLinks, readFiles } from "./sources.ts";

export function DropZone({
  onSources,
}: {
  readonly onSources: (sources: readonly NamedSource[]) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const take = (data: DataTransfer | null): void => {
      if (data === null) return;
      const links = parseLinks(data.getData("text/uri-list") || data.getData("text/plain"));
      readFiles(data.files).then(
        (files) => {
          if (files.length + links.length > 0) onSources([...files, ...links]);
        },
        () => onSources(links),
      );
    };
    const over = (event: DragEvent): void => {
      const types = event.dataTransfer?.types ?? [];
      if (types.includes("text/x-column")) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (event.dataTransfer?.types.includes("text/x-column") === true) return;
      event.preventDefault();
      take(event.dataTransfer);
    };
    const paste = (event: ClipboardEvent): void => {
      if (event.target instanceof HTMLElement && event.target.closest("input, textarea") !== null) return;
      take(event.clipboardData);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, [onSources]);
  if (!isOver) return undefined;
  return (
    <div className="fixed inset-3 z-50 rounded-2xl border-4 border-dashed border-accent bg-page/80 flex items-center justify-center pointer-events-none">
      <p className="text-xl font-semibold">{t("add.drop")}</p>
    </div>
  );
}
