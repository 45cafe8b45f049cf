/** The door, as a person sees it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { PasswordField } from "../ui/password-field.tsx";

export function Login({ onIn }: { readonly onIn: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const [username, setUsername] = useState("admin");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  return (
    <main className="h-full flex items-center justify-center p-4">
      <form
        className="w-full max-w-sm flex flex-col gap-4 p-6 rounded-xl border border-line bg-panel"
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          client.call("login", { body: { username, password } }).then(onIn, (error: unknown) => {
            setProblem(describeError(error));
            setBusy(false);
          });
        }}
      >
        <h1 className="flex items-center gap-3 text-xl font-semibold">
          <img src="./icon.svg" alt="" width={32} height={32} />
          {t("login.title")}
        </h1>
        <Labelled label={t("login.username")}>
          {(ids) => (
            <input
              {...ids}
              className="field"
              autoComplete="username"
              required
              value={username}
              onChange={(event) => setUsername(event.target.value)}
            />
          )}
        </Labelled>
        <PasswordField
          label={t("login.password")}
          hint={t("login.hint")}
          error={problem}
          value={password}
          onChange={setPassword}
        />
        <button type="submit" className="button button-main" disabled={isBusy}>
          {t("login.confirm")}
        </button>
      </form>
    </main>
  );
}
