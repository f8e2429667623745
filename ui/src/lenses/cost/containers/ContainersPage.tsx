/** What containers cost, and how much of what they reserve nobody uses. */
import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { isZeroMoney, moneyShare } from "@/common/money";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { CostBoundary } from "../CostBoundary";
import { CostPage } from "../CostPage";
import { useCost } from "../cost-context";
import { KnownMissing } from "../marks/KnownMissing";
import { Money, MoneyChange, ShareBar, ViewLine } from "../marks/Money";
import { type ClusterCost, type ContainerCosts, containersQuery } from "./containers-api";
import { WorkloadTable } from "./WorkloadTable";
import "./containers.css";

const route = getRouteApi("/shell/cost/containers");
const CLUSTER_PARTS = ["used", "workload_idle", "cluster_idle"] as const;

export default function ContainersPage() {
  const { t } = useTranslation("cost-containers");
  return (
    <CostPage title={t("title")}>
      <Containers />
    </CostPage>
  );
}

function Containers() {
  const { t } = useTranslation("cost-containers");
  const cost = useCost();
  const query = useQuery(containersQuery(cost));
  return (
    <CostBoundary query={query}>
      {(costs) => (
        <Stack gap="lg">
          <ViewLine metric={cost.metric} currency={costs.currency} />
          <KnownMissing missing={costs.missing} />
          {costs.workloads.length === 0 ? (
            <EmptyState title={t("empty.title")} text={t("empty.text")} />
          ) : (
            <Answer costs={costs} />
          )}
        </Stack>
      )}
    </CostBoundary>
  );
}

function Answer({ costs }: { costs: ContainerCosts }) {
  const search = route.useSearch();
  const change = useSearchChange();
  return (
    <>
      <Headline costs={costs} />
      <Clusters costs={costs} />
      <WorkloadTable costs={costs} sort={search.sort} onSort={(sort) => change({ sort }, true)} />
      <Weights costs={costs} />
    </>
  );
}

function Headline({ costs }: { costs: ContainerCosts }) {
  const { t } = useTranslation("cost-containers");
  const format = useFormat();
  const { containers, under_half, share } = costs.headline;
  if (share === null) {
    return null;
  }
  return (
    <section className="card container-headline">
      <p className="container-share num">{format.percent(share * 100)}</p>
      <p>
        {t("headline", {
          under: format.count(under_half),
          containers: format.count(containers),
        })}
      </p>
    </section>
  );
}

function Clusters({ costs }: { costs: ContainerCosts }) {
  const { t } = useTranslation("cost-containers");
  const { currency, reconciled } = costs;
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("clusters")}
      </Title>
      <div className="container-clusters">
        {costs.clusters.map((cluster) => (
          <Cluster key={cluster.name} cluster={cluster} currency={currency} />
        ))}
      </div>
      <Text size="xs" c="dimmed" mt="xs">
        {isZeroMoney(reconciled.difference) ? (
          t("reconciled")
        ) : (
          <>
            {t("difference")} <Money amount={reconciled.difference} currency={currency} />
          </>
        )}
      </Text>
    </section>
  );
}

function Cluster({ cluster, currency }: { cluster: ClusterCost; currency: string }) {
  const { t } = useTranslation("cost-containers");
  const format = useFormat();
  return (
    <div className="card container-cluster">
      <Text fw={600}>
        {cluster.name} · <Money amount={cluster.node_cost} currency={currency} />
      </Text>
      <Text size="xs" c="dimmed">
        {t("nodes", { count: cluster.nodes, formatted: format.count(cluster.nodes) })}
      </Text>
      <dl>
        {CLUSTER_PARTS.map((part) => (
          <div key={part}>
            <dt title={t(`part.${part}_hint`)}>{t(`part.${part}`)}</dt>
            <dd>
              <Money amount={cluster[part]} currency={currency} />
              <ShareBar share={moneyShare(cluster[part], cluster.node_cost) ?? 0} />
            </dd>
          </div>
        ))}
      </dl>
      {cluster.unmatched_nodes.length === 0 ? null : (
        <Text size="xs" className="wrap-anywhere">
          {t("unmatched", { nodes: cluster.unmatched_nodes.join(", ") })}
        </Text>
      )}
    </div>
  );
}

/** The weights of CPU and memory are a choice: this is what another choice would change. */
function Weights({ costs }: { costs: ContainerCosts }) {
  const { t } = useTranslation("cost-containers");
  if (costs.sensitivity.length === 0) {
    return null;
  }
  return (
    <section>
      <Title order={2} size="h5">
        {t("weights.title")}
      </Title>
      <Text size="sm" c="dimmed">
        {t("weights.text", costs.weights)}
      </Text>
      <ul className="container-weights">
        {costs.sensitivity.map(({ cpu_weight, memory_weight, largest_change }) => (
          <li key={`${cpu_weight} ${memory_weight}`}>
            {t("weights.choice", { cpu: cpu_weight, memory: memory_weight })}{" "}
            {largest_change === null ? (
              t("weights.none")
            ) : (
              <>
                {t("weights.largest", { workload: largest_change.workload })}{" "}
                <MoneyChange
                  before={largest_change.before}
                  after={largest_change.after}
                  currency={costs.currency}
                />
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
