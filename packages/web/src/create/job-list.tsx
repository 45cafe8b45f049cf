/** Torrents that are being made, or were: progress, a way to stop, and the file. */
import type { Job } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Progress } from "../ui/progress.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";

export function JobList(): React.JSX.Element | undefined {
  const { t } = useTranslation();
  const jobs = useQuery({ queryKey: ["jobs"], queryFn: () => client.call("listJobs", {}) });
  const listed = (jobs.data ?? []).toReversed();
  if (listed.length === 0) return undefined;
  return (
    <ul aria-label={t("create.jobs")} className="flex flex-col border border-line rounded-lg divide-y divide-line">
      {listed.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  );
}

function JobRow({ job }: { readonly job: Job }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const { id, path, status, doneBytes, totalBytes, message } = job;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    <li className="flex items-center gap-3 px-3 min-h-12">
      <div className="flex-1 min-w-0">
        <p className="truncate font-medium" title={path}>
          {name}
        </p>
        {status === "running" ? (
          <Progress share={totalBytes === 0 ? 0 : doneBytes / totalBytes} label={t("create.progress", { name })} />
        ) : (
          <p className={`truncate text-sm ${status === "failed" ? "text-bad" : "text-dim"}`}>
            {t(`create.${status}`)} {message ?? format.bytes(totalBytes)}
          </p>
        )}
      </div>
      {status === "done" && (
        <a className="button" href={client.url("readJobResult", { params: { job: id } })} download={`${name}.torrent`}>
          <Icon name="down" size={16} />
          {t("create.download")}
        </a>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label={t(status === "running" ? "create.cancel" : "create.forget", { name })}
        onClick={() => act(() => client.call("cancelJob", { params: { job: id } }))}
      >
        <Icon name="close" size={16} />
      </button>
    </li>
  );
}
