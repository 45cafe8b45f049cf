/** Peers that are kept out, by the user or for the bad data that they sent; each can be let in again. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";

export function BanList(): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const { data: bans = [] } = useQuery({ queryKey: ["bans"], queryFn: () => client.call("listBans", {}) });
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">{t("access.bans")}</h3>
      {bans.length === 0 ? (
        <p className="text-dim">{t("access.noBans")}</p>
      ) : (
        <table className="table">
          <tbody>
            {bans.map(({ key, reason, infoHash, expiresAtMs }) => (
              <tr key={`${key} ${infoHash ?? ""}`}>
                <td className="font-medium wrap-anywhere">{key}</td>
                <td className="wrap-anywhere">{reason}</td>
                <td className="text-dim">{expiresAtMs === undefined ? "" : format.dateTime(expiresAtMs)}</td>
                <td className="text-end">
                  <button
                    type="button"
                    className="button"
                    onClick={() => act(() => client.call("liftBans", { query: { key } }))}
                  >
                    {t("access.lift")}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
