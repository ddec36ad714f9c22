CREATE TABLE "audit" (
  "org_id" integer not null references "organizations" ("id"),
  "sequence" integer not null,
  "canonical" text not null,
  "hash" text not null,
  "at" text not null,
  "actor" text not null,
  "operation" text not null,
  "outcome" text not null,
  "target" text,
  constraint "audit_pk" primary key ("org_id", "sequence"));

CREATE TABLE "audit_heads" (
  "org_id" integer primary key references "organizations" ("id"),
  "sequence" integer not null,
  "hash" text not null,
  "at" text not null,
  "signature" text not null);

CREATE TABLE "audit_names" (
  "org_id" integer not null references "organizations" ("id"),
  "list" text not null,
  "target" text not null,
  constraint "audit_names_pk" primary key ("org_id", "list", "target"));

CREATE TABLE "audit_segments" (
  "org_id" integer not null references "organizations" ("id"),
  "first_sequence" integer not null,
  "last_sequence" integer not null,
  "previous" text not null,
  "hash" text not null,
  "at" text not null,
  "signature" text not null,
  "sealed_at" text not null,
  "pruned_at" text,
  constraint "audit_segments_pk" primary key ("org_id", "last_sequence"));

CREATE TABLE "bindings" (
  "id" integer primary key autoincrement,
  "environment_id" integer not null references "environments" ("id"),
  "scope" text not null,
  "host" text not null,
  "keys" text,
  "created_at" text not null,
  "created_by" text not null,
  constraint "bindings_place" unique ("environment_id", "scope", "host"));

CREATE TABLE "entries" (
  "id" integer primary key autoincrement,
  "org_id" integer not null references "organizations" ("id"),
  "kind" text not null,
  "scope" text not null,
  "key" text not null,
  "version" integer not null,
  "length" integer,
  "equality" blob,
  "locked" integer not null,
  "deleted_at" text,
  "updated_at" text not null,
  "updated_by" text not null,
  "owner" text,
  "note" text,
  "expires_at" text,
  "purged_at" text,
  "rotate_days" integer,
  "first_version" integer default 1 not null,
  "named_at" text,
  "read_before_at" text,
  "read_before_by" text,
  constraint "entries_name" unique ("org_id", "kind", "scope", "key"));

CREATE TABLE "entry_tags" (
  "entry_id" integer not null references "entries" ("id"),
  "name" text not null,
  "value" text not null,
  constraint "entry_tags_pk" primary key ("entry_id", "name"));

CREATE TABLE "environments" (
  "id" integer primary key autoincrement,
  "org_id" integer not null references "organizations" ("id"),
  "name" text not null,
  "created_at" text not null,
  "created_by" text not null,
  constraint "environments_name" unique ("org_id", "name"));

CREATE TABLE "keys" (
  "id" integer primary key,
  "purpose" text not null,
  "root_key_id" text not null,
  "wrapped" blob not null,
  "created_at" text not null,
  "sealed_count" integer default 0 not null,
  "retired_at" text);

CREATE TABLE "kysely_migration" (
  "name" varchar(255)not null primary key,
  "timestamp" varchar(255)not null);

CREATE TABLE "kysely_migration_lock" (
  "id" varchar(255)not null primary key,
  "is_locked" integer default 0 not null);

CREATE TABLE "organizations" (
  "id" integer primary key autoincrement,
  "name" text not null unique,
  "created_at" text not null,
  "deleted_at" text,
  "kept_versions" integer);

CREATE TABLE "policy_rules" (
  "org_id" integer not null references "organizations" ("id"),
  "selector_by" text not null,
  "selector_name" text not null,
  "effect" text not null,
  "reason" text,
  "created_at" text not null,
  "created_by" text not null,
  constraint "policy_rules_pk" primary key ("org_id", "selector_by", "selector_name"));

CREATE TABLE "programs" (
  "version" text primary key,
  "first_at" text not null);

CREATE TABLE "requests" (
  "org_id" integer not null references "organizations" ("id"),
  "actor" text not null,
  "request_id" text not null,
  "digest" blob not null,
  "reply" text,
  "at" text not null,
  constraint "requests_pk" primary key ("org_id", "actor", "request_id"));

CREATE TABLE "roles" (
  "org_id" integer not null references "organizations" ("id"),
  "name" text not null,
  "permissions" text not null,
  "created_at" text not null,
  "created_by" text not null,
  constraint "roles_pk" primary key ("org_id", "name"));

CREATE TABLE "rotations" (
  "key_id" integer primary key,
  "total" integer not null,
  "done" integer not null,
  "started_at" text not null,
  "finished_at" text);

CREATE TABLE "scopes" (
  "org_id" integer not null references "organizations" ("id"),
  "path" text not null,
  "created_at" text not null,
  "created_by" text not null,
  constraint "scopes_pk" primary key ("org_id", "path"));

CREATE TABLE "sessions" (
  "id" blob primary key,
  "token_id" integer not null references "tokens" ("id"),
  "created_at" text not null,
  "expires_at" text not null,
  "idle_until" text,
  "surface" text);

CREATE TABLE "signin_links" (
  "id" blob primary key,
  "token_id" integer not null references "tokens" ("id"),
  "created_at" text not null,
  "expires_at" text not null,
  "used_at" text,
  "challenge" text);

CREATE TABLE "tokens" (
  "id" integer primary key autoincrement,
  "org_id" integer not null references "organizations" ("id"),
  "name" text not null,
  "hash" blob not null unique,
  "role" text not null,
  "created_at" text not null,
  "created_by" text not null,
  "expires_at" text,
  "revoked_at" text,
  "scopes" text,
  "cidrs" text,
  "last_used_at" text,
  "environment_id" integer,
  "claims" text,
  "subject" text,
  constraint "tokens_name" unique ("org_id", "name"));

CREATE TABLE "value_references" (
  "entry_id" integer not null references "entries" ("id"),
  "version" integer not null,
  "position" integer not null,
  "scope" text,
  "key" text,
  "target_id" integer,
  "field" text,
  constraint "value_references_pk" primary key ("entry_id", "version", "position"));

CREATE TABLE "versions" (
  "entry_id" integer not null references "entries" ("id"),
  "version" integer not null,
  "sealed" blob not null,
  "length" integer not null,
  "created_at" text not null,
  "created_by" text not null,
  "type" text default 'string' not null,
  constraint "versions_pk" primary key ("entry_id", "version"));

CREATE TABLE "workload_sessions" (
  "id" blob primary key,
  "token_id" integer not null references "tokens" ("id"),
  "environment_id" integer not null references "environments" ("id"),
  "created_at" text not null,
  "expires_at" text not null);

CREATE INDEX audit_disclosed on audit (org_id, target, at) where outcome = 'disclosed';

CREATE INDEX "audit_names_of" on "audit_names" ("org_id", "target");

CREATE TRIGGER audit_no_delete before delete on audit when not exists (select 1 from audit_segments where org_id = old.org_id and first_sequence <= old.sequence and last_sequence >= old.sequence and pruned_at is not null) begin select raise(abort, 'audit entries are append-only'); end;

CREATE TRIGGER audit_no_replace before insert on audit when exists (select 1 from audit where org_id = new.org_id and sequence = new.sequence) begin select raise(abort, 'audit entries are append-only'); end;

CREATE TRIGGER audit_no_update before update on audit begin select raise(abort, 'audit entries are append-only'); end;

CREATE TRIGGER audit_segments_in_order before insert on audit_segments when new.pruned_at is not null or exists (select 1 from audit_segments where org_id = new.org_id and last_sequence >= new.first_sequence) begin select raise(abort, 'sealed segments stay'); end;

CREATE TRIGGER audit_segments_no_delete before delete on audit_segments begin select raise(abort, 'sealed segments stay'); end;

CREATE TRIGGER audit_segments_prune_once before update on audit_segments when old.pruned_at is not null or new.pruned_at is null or new.org_id is not old.org_id or new.first_sequence is not old.first_sequence or new.last_sequence is not old.last_sequence or new.previous is not old.previous or new.hash is not old.hash or new.at is not old.at or new.signature is not old.signature or new.sealed_at is not old.sealed_at begin select raise(abort, 'sealed segments stay'); end;

CREATE INDEX "entry_tags_by" on "entry_tags" ("name", "value");

CREATE INDEX "requests_at" on "requests" ("at");

CREATE UNIQUE INDEX "tokens_by_subject" on "tokens" ("org_id", "subject");

CREATE INDEX "value_references_by_id" on "value_references" ("target_id");

CREATE INDEX "value_references_by_name" on "value_references" ("scope", "key");

CREATE INDEX versions_by_data_key on versions (substr(sealed, 2, 4));
