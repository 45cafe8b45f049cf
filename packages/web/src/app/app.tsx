/** The page: who is asking, the stream of events, then the layout. */
import { ApiError } from "@torrential/api";
import { QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { LiveStore } from "../live/live-store.ts";
import { LiveContext } from "../live/use-live.ts";
import { Notice } from "../ui/notice.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { Layout } from "./layout.tsx";
import { Login } from "./login.tsx";

export function App(): React.JSX.Element {
  return (
    <QueryClientProvider client={queries}>
      <Toasts>
        <Door />
      </Toasts>
    </QueryClientProvider>
  );
}

type Admission = { readonly status: "asking" | "out" | "in" } | { readonly status: "failed"; readonly message: string };

function Door(): React.JSX.Element {
  const { t } = useTranslation();
  const [admission, setAdmission] = useState<Admission>({ status: "asking" });
  const ask = useCallback(() => {
    client.call("showIdentity", {}).then(
      () => setAdmission({ status: "in" }),
      (error: unknown) => {
        const isOut = error instanceof ApiError && error.status === 401;
        setAdmission(isOut ? { status: "out" } : { status: "failed", message: describeError(error) });
      },
    );
  }, []);
  useEffect(ask, [ask]);
  switch (admission.status) {
    case "asking":
      return <Notice title={t("loading")} />;
    case "failed":
      return <Notice title={t("door.failed")} text={admission.message} action={{ label: t("door.retry"), run: ask }} />;
    case "out":
      return <Login onIn={() => setAdmission({ status: "in" })} />;
    case "in":
      return <Live onOut={() => setAdmission({ status: "out" })} />;
    default:
      return admission satisfies never;
  }
}

function Live({ onOut }: { readonly onOut: () => void }): React.JSX.Element {
  const [store] = useState(() => new LiveStore(client));
  useEffect(() => {
    const ended = new AbortController();
    store.run(ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted && error instanceof ApiError && error.status === 401) onOut();
    });
    const stop = store.onNotice(({ type }) => {
      const keys = { settings: ["settings"], labels: ["labels"], history: ["history"], job: ["jobs"] };
      void queries.invalidateQueries({ queryKey: keys[type] });
    });
    return () => {
      ended.abort();
      stop();
    };
  }, [store, onOut]);
  return (
    <LiveContext value={store}>
      <Layout />
    </LiveContext>
  );
}
