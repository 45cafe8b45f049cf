/** Asks for the password again before something widens what the daemon may do. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError } from "../live/client.ts";
import { PasswordField } from "../ui/password-field.tsx";
import { Modal } from "../ui/modal.tsx";

export function SudoDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void;
  readonly onDone: () => void;
}): React.JSX.Element {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <Modal title={t("sudo.title")} isOpen onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          client
            .call("sudo", { body: { password } })
            .then(onDone, (error: unknown) => setProblem(describeError(error)));
        }}
      >
        <p>{t("sudo.text")}</p>
        <PasswordField label={t("login.password")} error={problem} value={password} onChange={setPassword} />
        <button type="submit" className="button button-main self-end">
          {t("sudo.confirm")}
        </button>
      </form>
    </Modal>
  );
}
