/** Who may use the daemon: the password, API tokens, sessions. */
import { ApiError, type CreatedToken, type Scope } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { PasswordField } from "../ui/password-field.tsx";
import { useToast } from "../ui/toasts.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";
import { BanList } from "./ban-list.tsx";
import { SudoDialog } from "./sudo-dialog.tsx";

const SCOPES: readonly Scope[] = ["read", "add", "control", "admin"];
const PASSWORD_LENGTH_MIN = 12;

export function AccessSettings(): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <section data-part="access" className="card flex flex-col gap-6" aria-label={t("access.title")}>
      <h2 className="font-semibold text-base">{t("access.title")}</h2>
      <PasswordForm />
      <Tokens />
      <SessionTable />
      <BanList />
    </section>
  );
}

/** Runs again what was refused for want of the password. */
function useSudo(): {
  readonly run: (work: () => Promise<unknown>) => void;
  readonly dialog: React.ReactNode;
  readonly problem: string | undefined;
} {
  const [waiting, setWaiting] = useState<(() => Promise<unknown>) | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const run = (work: () => Promise<unknown>): void => {
    setProblem(undefined);
    work().then(
      () => queries.invalidateQueries(),
      (error: unknown) => {
        if (error instanceof ApiError && error.code === "sudo-needed") setWaiting(() => work);
        else setProblem(describeError(error));
      },
    );
  };
  const dialog = waiting !== undefined && (
    <SudoDialog
      onClose={() => setWaiting(undefined)}
      onDone={() => {
        setWaiting(undefined);
        run(waiting);
      }}
    />
  );
  return { run, dialog, problem };
}

function PasswordForm(): React.JSX.Element {
  const { t } = useTranslation();
  const { run, dialog, problem } = useSudo();
  const [newPassword, setNewPassword] = useState("");
  const show = useToast();
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          await client.call("setPassword", { body: { newPassword } });
          setNewPassword("");
          show({ message: t("access.passwordSet") });
        });
      }}
    >
      <PasswordField
        label={t("access.newPassword")}
        hint={t("access.passwordHint", { count: PASSWORD_LENGTH_MIN })}
        error={problem}
        value={newPassword}
        onChange={setNewPassword}
        newLengthMin={PASSWORD_LENGTH_MIN}
      />
      <button type="submit" className="button self-start">
        {t("access.setPassword")}
      </button>
      {dialog}
    </form>
  );
}

function Tokens(): React.JSX.Element {
  const { t } = useTranslation();
  const { run, dialog, problem } = useSudo();
  const [created, setCreated] = useState<CreatedToken | undefined>(undefined);
  const create = (name: string, scope: Scope): void =>
    run(async () => setCreated(await client.call("createToken", { body: { name, scope } })));
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">{t("access.tokens")}</h3>
      <TokenForm onCreate={create} />
      {problem !== undefined && <p className="text-bad">{problem}</p>}
      {created !== undefined && (
        <p role="status" className="rounded border border-accent p-2 wrap-anywhere">
          {t("access.tokenOnce")} <code>{created.token}</code>
        </p>
      )}
      <TokenTable />
      {dialog}
    </div>
  );
}

function TokenForm({ onCreate }: { readonly onCreate: (name: string, scope: Scope) => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("control");
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onCreate(name, scope);
        setName("");
      }}
    >
      <input
        className="field w-48!"
        required
        aria-label={t("access.tokenName")}
        placeholder={t("access.tokenName")}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <select
        className="field w-40!"
        aria-label={t("access.scope")}
        value={scope}
        onChange={(event) => setScope(SCOPES.find((each) => each === event.target.value) ?? "read")}
      >
        {SCOPES.map((each) => (
          <option key={each} value={each}>
            {t(`scope.${each}`)}
          </option>
        ))}
      </select>
      <button type="submit" className="button">
        {t("access.createToken")}
      </button>
    </form>
  );
}

function TokenTable(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const { data: tokens = [] } = useQuery({ queryKey: ["tokens"], queryFn: () => client.call("listTokens", {}) });
  const revoke = (token: string): void => act(() => client.call("revokeToken", { params: { token } }));
  if (tokens.length === 0) return <p className="text-dim">{t("access.noTokens")}</p>;
  return (
    <table className="table">
      <tbody>
        {tokens.map(({ id, name, scope, lastUsedAtMs }) => (
          <tr key={id}>
            <td>{name}</td>
            <td>{t(`scope.${scope}`)}</td>
            <td>{lastUsedAtMs === undefined ? t("access.neverUsed") : format.dateTime(lastUsedAtMs)}</td>
            <td className="text-end">
              <button type="button" className="button" onClick={() => revoke(id)}>
                {t("access.revoke")}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SessionTable(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const { data: sessions = [] } = useQuery({ queryKey: ["sessions"], queryFn: () => client.call("listSessions", {}) });
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">{t("access.sessions")}</h3>
      <table className="table">
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td>{session.address}</td>
              <td className="wrap-anywhere">{session.userAgent}</td>
              <td>{format.dateTime(session.lastUsedAtMs)}</td>
              <td className="text-end">
                {session.isCurrent ? (
                  t("access.thisOne")
                ) : (
                  <button
                    type="button"
                    className="button"
                    onClick={() => act(() => client.call("revokeSession", { params: { session: session.id } }))}
                  >
                    {t("access.end")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
