/** Zoom, fit and lay out anew, for those without a wheel. */
import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconLayoutDistributeVertical,
  IconMaximize,
  IconMinus,
  IconPlus,
  type TablerIcon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface ZoomButtonsProps {
  onZoomIn: () => void;
  onZoomOut: () => void;
  onFit: () => void;
  onLayOutAnew: () => void;
}

export function ZoomButtons(props: ZoomButtonsProps) {
  const { t } = useTranslation("map");
  const buttons: [string, TablerIcon, () => void][] = [
    [t("zoom.in"), IconPlus, props.onZoomIn],
    [t("zoom.out"), IconMinus, props.onZoomOut],
    [t("zoom.fit"), IconMaximize, props.onFit],
    [t("zoom.anew"), IconLayoutDistributeVertical, props.onLayOutAnew],
  ];
  return (
    <ActionIcon.Group orientation="vertical" className="map-zoom">
      {buttons.map(([label, Icon, onClick]) => (
        <Tooltip key={label} label={label} position="left">
          <ActionIcon variant="default" size={32} aria-label={label} onClick={onClick}>
            <Icon size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ))}
    </ActionIcon.Group>
  );
}
