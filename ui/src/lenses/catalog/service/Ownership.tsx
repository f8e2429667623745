/** Whose a service is, how to reach them, and what is worth reading. */
import { Anchor, Badge, Group } from "@mantine/core";
import { IconExternalLink, IconMail } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CatalogContact, CatalogLink, CatalogService } from "../catalog-api";
import { contactAddress, pageAddress } from "../safe-links";
import { Card, Nothing } from "./Card";

export function Ownership({ service }: { service: CatalogService }) {
  const { t } = useTranslation("catalog");
  return (
    <Card title={t("ownership.title")}>
      <dl className="catalog-facts">
        <div>
          <dt>{t("column.team")}</dt>
          <dd>
            {service.team === null ? (
              <span className="catalog-missing">{t("ownership.no_team")}</span>
            ) : (
              <Link to="/catalog" search={{ team: service.team } as never} className="catalog-link">
                {service.team}
              </Link>
            )}
          </dd>
        </div>
        {service.additional_owners.length === 0 ? null : (
          <div>
            <dt>{t("ownership.others")}</dt>
            <dd className="wrap-anywhere">{service.additional_owners.join(", ")}</dd>
          </div>
        )}
        {service.application === null ? null : (
          <div>
            <dt>{t("ownership.application")}</dt>
            <dd className="wrap-anywhere">{service.application}</dd>
          </div>
        )}
        {service.contacts.map((contact, at) => (
          <div key={at}>
            <dt className="wrap-anywhere">{contact.name ?? contactType(contact.type, t)}</dt>
            <dd>
              <Contact contact={contact} />
            </dd>
          </div>
        ))}
      </dl>
      {service.contacts.length === 0 ? <Nothing>{t("ownership.no_contacts")}</Nothing> : null}
      {service.tags.length === 0 ? null : (
        <Group gap={6}>
          {service.tags.map((tag) => (
            <Badge key={tag} variant="default" size="sm" className="catalog-badge" title={tag}>
              {tag}
            </Badge>
          ))}
        </Group>
      )}
    </Card>
  );
}

const CONTACT_TYPES = ["email", "slack", "microsoft-teams"] as const;

function contactType(type: string, t: (key: string) => string): string {
  const known = CONTACT_TYPES.find((it) => it === type.toLowerCase());
  return known === undefined ? type : t(`contact.${known}`);
}

function Contact({ contact: { contact } }: { contact: CatalogContact }) {
  const address = contactAddress(contact);
  return address === undefined ? (
    <span className="wrap-anywhere">{contact}</span>
  ) : (
    <OutsideLink address={address} text={shortened(contact)} />
  );
}

/** Without what every address begins with. */
function shortened(address: string): string {
  return address.trim().replace(/^(?:https?:\/\/|mailto:)/i, "");
}

/** Opens beside this page, and tells the other side nothing about it. */
function OutsideLink({ address, text }: { address: string; text: string }) {
  const { t } = useTranslation("catalog");
  const isMail = address.startsWith("mailto:");
  const Icon = isMail ? IconMail : IconExternalLink;
  return (
    <Anchor
      href={address}
      size="sm"
      className="catalog-outside"
      rel="noopener noreferrer"
      {...(isMail ? {} : { target: "_blank", title: t("link.opens_outside", { address }) })}
    >
      <Icon size={14} aria-hidden />
      <span className="wrap-anywhere">{text}</span>
    </Anchor>
  );
}

/** The type of a link that leads to code. */
const REPOSITORY = "repo";

export function Links({ service }: { service: CatalogService }) {
  const { t } = useTranslation("catalog");
  const repositories = service.links.filter((it) => it.type === REPOSITORY);
  const others = service.links.filter((it) => it.type !== REPOSITORY);
  return (
    <Card title={t("links.title")}>
      {service.links.length === 0 ? <Nothing>{t("links.none")}</Nothing> : null}
      <LinkList title={t("links.repositories")} links={repositories} />
      <LinkList title={t("links.others")} links={others} />
    </Card>
  );
}

function LinkList({ title, links }: { title: string; links: readonly CatalogLink[] }) {
  if (links.length === 0) {
    return null;
  }
  return (
    <div>
      <h3 className="catalog-subtitle">{title}</h3>
      <ul className="catalog-list">
        {links.map((link, at) => (
          <li key={at}>
            <NamedLink link={link} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is no page stays text, so that it can be read and copied. */
function NamedLink({ link: { name, type, url, provider } }: { link: CatalogLink }) {
  const address = pageAddress(url);
  const about = [type === REPOSITORY ? null : type, provider].filter((it) => it !== null);
  return (
    <>
      {address === undefined ? (
        <span className="wrap-anywhere">
          {name} <code>{url}</code>
        </span>
      ) : (
        <OutsideLink address={address} text={name} />
      )}{" "}
      <span className="catalog-about">{about.join(" · ")}</span>
    </>
  );
}
