/** Adding torrents: files and links in, a look at what is inside each, where to and how, then all at once. */
import type { AddOptions } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError, queries } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { useToast } from "../ui/toasts.tsx";
import { useSettled } from "../ui/use-settled.ts";
import { AddOptionsFields } from "./add-options.tsx";
import type { Priorities } from "./file-tree.ts";
import { keyOf, optionsFor, type Outcome, sendSource, withoutRepeats } from "./sending.ts";
import { SourceList } from "./source-list.tsx";
import { type NamedSource, parseLinks, readFiles } from "./sources.ts";

const TYPING_MS = 300;

export interface AddDialogProps {
  /** Dropped or pasted on the page. */
  readonly initial: readonly NamedSource[];
  readonly onClose: () => void;
}

export function AddDialog({ initial, onClose }: AddDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const [files, setFiles] = useState(initial);
  const [links, setLinks] = useState("");
  const [options, setOptions] = useState<AddOptions>({});
  const [priorities, setPriorities] = useState<ReadonlyMap<string, Priorities>>(new Map());
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const sources = withoutRepeats([...files, ...parseLinks(useSettled(links, TYPING_MS))]);
  const { send, outcomes, isBusy } = useSending(onClose);
  const waiting = sources.filter((source) => isWaiting(outcomes.get(keyOf(source))));
  const add = (some: readonly NamedSource[], more: AddOptions = {}): void => {
    void send(some, (source) => ({ ...optionsFor(options, priorities.get(keyOf(source))), ...more }), sources.length);
  };
  const take = (chosen: FileList | null): void => {
    readFiles(chosen ?? []).then(
      (read) => setFiles((present) => [...present, ...read]),
      (error: unknown) => setProblem(describeError(error)),
    );
  };
  const leaveOut = (source: NamedSource): void => {
    setFiles(files.filter((other) => keyOf(other) !== keyOf(source)));
    setLinks(links.replace(keyOf(source), "").trim());
  };
  return (
    <Modal title={t("add.title")} isOpen onClose={onClose} isWide>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          add(waiting);
        }}
      >
        <SourceFields links={links} onLinks={setLinks} onFiles={take} />
        <SourceList
          sources={sources}
          priorities={priorities}
          outcomes={outcomes}
          onPriorities={(key, next) => setPriorities(new Map([...priorities, [key, next]]))}
          onLeaveOut={leaveOut}
          onMerge={(source) => add([source], { onDuplicate: "merge-trackers" })}
        />
        <AddOptionsFields options={options} onOptions={setOptions} />
        {problem !== undefined && (
          <p role="alert" className="text-bad wrap-anywhere">
            {problem}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button button-main" disabled={isBusy || waiting.length === 0}>
            {t("add.confirm", { count: waiting.length })}
          </button>
        </div>
      </form>
    </Modal>
  );
}

/** Neither in the list yet nor known to be there. */
function isWaiting(outcome: Outcome | undefined): boolean {
  return outcome === undefined || outcome.status === "failed";
}

interface Sending {
  readonly send: (
    sources: readonly NamedSource[],
    optionsOf: (source: NamedSource) => AddOptions,
    count: number,
  ) => Promise<void>;
  /** By key of the source. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly isBusy: boolean;
}

/** Sends one after the other; closes the dialog when all `count` that are in it came through. */
function useSending(onClose: () => void): Sending {
  const { t } = useTranslation();
  const show = useToast();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [isBusy, setBusy] = useState(false);
  const send: Sending["send"] = async (sources, optionsOf, count) => {
    setBusy(true);
    const known = new Map(outcomes);
    for (const source of sources) {
      known.set(keyOf(source), await sendSource(source.source, optionsOf(source)));
      setOutcomes(new Map(known));
    }
    setBusy(false);
    await queries.invalidateQueries();
    const reached = [...known.values()];
    const added = reached.filter(({ status }) => status === "added").length;
    if (added > 0) show({ message: t("add.done", { count: added }) });
    const isThrough = reached.every(({ status }) => status === "added" || status === "merged");
    if (isThrough && known.size >= count) onClose();
  };
  return { send, outcomes, isBusy };
}

interface SourceFieldsProps {
  readonly links: string;
  readonly onLinks: (links: string) => void;
  readonly onFiles: (files: FileList | null) => void;
}

function SourceFields({ links, onLinks, onFiles }: SourceFieldsProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Labelled label={t("add.links")} hint={t("add.linksHint")}>
        {(ids) => (
          <textarea
            {...ids}
            className="field min-h-20"
            rows={3}
            spellCheck={false}
            placeholder="magnet:?xt=urn:btih:…"
            value={links}
            onChange={(event) => onLinks(event.target.value)}
          />
        )}
      </Labelled>
      <Labelled label={t("add.files")} hint={t("add.dropHint")}>
        {(ids) => (
          <input
            {...ids}
            className="field file-field"
            type="file"
            multiple
            accept=".torrent,application/x-bittorrent"
            onChange={(event) => onFiles(event.target.files)}
          />
        )}
      </Labelled>
    </div>
  );
}
