/** Ends this browser's session; there is nothing to end where no password is asked. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Icon } from "../ui/icon.tsx";
import { useAct } from "../ui/use-act.ts";

export function LogoutButton(): React.JSX.Element | undefined {
  const { t } = useTranslation();
  const act = useAct();
  const { data: identity } = useQuery({ queryKey: ["identity"], queryFn: () => client.call("showIdentity", {}) });
  if (identity?.kind !== "session") return undefined;
  const logOut = async (): Promise<void> => {
    await client.call("logout", {});
    // What this session was shown goes with it.
    location.reload();
  };
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t("login.out")}
      title={t("login.out")}
      onClick={() => act(logOut)}
    >
      <Icon name="logout" />
    </button>
  );
}
