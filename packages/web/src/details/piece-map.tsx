/** The piece map: what is here, what is under way, and how many connected peers have what is missing. */
import type { Torrent } from "@torrential/api";
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { Canvas, type Pen } from "../ui/canvas.tsx";
import { useFormat } from "../ui/use-format.ts";
import { toColumns } from "./pieces.ts";

const HEIGHT_PX = 44;
const HAVE_PX = 30;
/** So many peers count as plenty. */
const PLENTY = 5;

export function PieceMap({ torrent }: { readonly torrent: Torrent }): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: pieces } = useQuery({
    queryKey: ["pieces", torrent.infoHash],
    queryFn: () => client.call("showPieces", { params: { ref: torrent.infoHash } }),
    refetchInterval: torrent.isComplete ? false : 2_000,
    enabled: torrent.hasMetadata,
  });
  const draw = useCallback(
    ({ context, widthPx, color }: Pen) => {
      if (pieces === undefined) return;
      const columns = toColumns(pieces, Math.floor(widthPx));
      const width = widthPx / columns.length;
      for (const [index, { have, inFlight, availability }] of columns.entries()) {
        const x = index * width;
        context.fillStyle = color("line");
        context.fillRect(x, 0, width + 0.5, HAVE_PX);
        context.fillStyle = color("accent");
        context.fillRect(x, HAVE_PX * (1 - have), width + 0.5, HAVE_PX * have);
        if (inFlight > 0 && have < 1) {
          context.fillStyle = color("warn");
          context.fillRect(x, 0, width + 0.5, HAVE_PX * Math.max(0.25, inFlight) * (1 - have));
        }
        context.globalAlpha = availability === 0 ? 1 : 0.25 + 0.75 * Math.min(1, availability / PLENTY);
        context.fillStyle = color(availability === 0 ? "bad" : "down");
        context.fillRect(x, HAVE_PX + 4, width + 0.5, HEIGHT_PX - HAVE_PX - 4);
        context.globalAlpha = 1;
      }
    },
    [pieces],
  );
  const values = { have: format.number(torrent.piecesHave), count: format.number(torrent.pieceCount) };
  return (
    <figure className="flex flex-col gap-1">
      <Canvas heightPx={HEIGHT_PX} label={t("pieces.label", values)} draw={draw} />
      <figcaption className="flex flex-wrap gap-4 text-sm text-dim">
        <Key color="bg-accent" text={t("pieces.have")} />
        <Key color="bg-warn" text={t("pieces.inFlight")} />
        <Key color="bg-down" text={t("pieces.availability")} />
        <Key color="bg-bad" text={t("pieces.nobody")} />
      </figcaption>
    </figure>
  );
}

function Key({ color, text }: { readonly color: string; readonly text: string }): React.JSX.Element {
  return (
    <span className="flex items-center gap-1.5">
      <span className={`w-3 h-3 rounded-sm ${color}`} />
      {text}
    </span>
  );
}
