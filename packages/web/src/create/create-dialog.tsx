/** Making a torrent of what lies on the daemon's disk: what of, how, and how far each is. */
import type { CreateTorrentJob } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { parseTiers } from "../details/tiers.ts";
import { client, describeError, queries } from "../live/client.ts";
import { FormButtons } from "../ui/form-buttons.tsx";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { PathField } from "../ui/path-field.tsx";
import { useFormat } from "../ui/use-format.ts";
import { JobList } from "./job-list.tsx";

const PIECE_LENGTHS = [16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

interface Draft {
  readonly path: string;
  readonly trackers: string;
  readonly webSeeds: string;
  readonly comment: string;
  /** 0 leaves it to the daemon. */
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly seed: boolean;
}

const EMPTY: Draft = {
  path: "",
  trackers: "",
  webSeeds: "",
  comment: "",
  pieceLength: 0,
  isPrivate: false,
  seed: true,
};

export function CreateDialog({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(EMPTY);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const create = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await client.call("createTorrentFile", { body: toJob(draft) });
      set({ path: "" });
    } catch (error) {
      setProblem(describeError(error));
    }
    await queries.invalidateQueries({ queryKey: ["jobs"] });
  };
  return (
    <Modal title={t("create.title")} isOpen onClose={onClose} isWide>
      <JobList />
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <PathField
          label={t("create.path")}
          hint={t("create.pathHint")}
          error={problem}
          kind="all"
          isRequired
          value={draft.path}
          onChange={(path) => set({ path })}
        />
        <HowFields draft={draft} onChange={set} />
        <FormButtons onCancel={onClose} cancel={t("close")} confirm={t("create.confirm")} />
      </form>
    </Modal>
  );
}

interface HowFieldsProps {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}

function HowFields({ draft, onChange }: HowFieldsProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Lines
          label={t("trackers.list")}
          hint={t("trackers.listHint")}
          value={draft.trackers}
          onChange={(trackers) => onChange({ trackers })}
        />
        <Lines
          label={t("create.webSeeds")}
          hint={t("create.webSeedsHint")}
          value={draft.webSeeds}
          onChange={(webSeeds) => onChange({ webSeeds })}
        />
        <Labelled label={t("field.comment")}>
          {(ids) => (
            <input
              {...ids}
              className="field"
              value={draft.comment}
              onChange={(event) => onChange({ comment: event.target.value })}
            />
          )}
        </Labelled>
        <PieceLengthField value={draft.pieceLength} onChange={(pieceLength) => onChange({ pieceLength })} />
      </div>
      <fieldset className="flex flex-wrap gap-x-6">
        <Flag label={t("create.private")} isOn={draft.isPrivate} onChange={(isPrivate) => onChange({ isPrivate })} />
        <Flag label={t("create.seed")} isOn={draft.seed} onChange={(seed) => onChange({ seed })} />
      </fieldset>
    </>
  );
}

function toJob({ path, trackers, webSeeds, comment, pieceLength, isPrivate, seed }: Draft): CreateTorrentJob {
  return {
    path,
    seed,
    isPrivate,
    trackers: parseTiers(trackers),
    webSeeds: webSeeds.split(/\s+/).filter((url) => url !== ""),
    ...(comment === "" ? {} : { comment }),
    ...(pieceLength === 0 ? {} : { pieceLength }),
  };
}

interface LinesProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Lines({ label, hint, value, onChange }: LinesProps): React.JSX.Element {
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => (
        <textarea
          {...ids}
          className="field min-h-20"
          rows={3}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Labelled>
  );
}

interface PieceLengthFieldProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function PieceLengthField({ value, onChange }: PieceLengthFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Labelled label={t("create.pieceLength")}>
      {(ids) => (
        <select {...ids} className="field" value={value} onChange={(event) => onChange(Number(event.target.value))}>
          <option value={0}>{t("create.pieceLengthAuto")}</option>
          {PIECE_LENGTHS.map((length) => (
            <option key={length} value={length}>
              {format.binary(length)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface FlagProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

function Flag({ label, isOn, onChange }: FlagProps): React.JSX.Element {
  return (
    <label className="flex items-center gap-2 min-h-8">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
