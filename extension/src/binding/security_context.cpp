#include "src/binding/security_context.hpp"

#include "src/binding/binding.hpp"
#include "src/binding/read_relations.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "utils/acl.h"
#include "utils/guc_tables.h"
}

namespace tailor {
namespace {

// The name of a table in hints.
constexpr const char* kExample = "'schema.\"Table\"'";

Oid database_owner() {
  HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "tailor_search: database %u is gone", MyDatabaseId);
  const Oid owner = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datdba;
  ReleaseSysCache(tuple);
  return owner;
}

Oid relation_owner(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;  // dropped meanwhile, where it is not locked
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

bool may_act_as(Oid member, Oid role) {
#if PG_VERSION_NUM >= 160000
  return has_privs_of_role(member, role) || member_can_set_role(member, role);
#else
  return is_member_of_role(member, role);
#endif
}

// The database's owner is trusted, because it may set every role's search_path there, except by superusers,
// whose rights reach beyond the database.
bool has_current_rights(Oid role) {
  return may_act_as(role, GetUserId()) || (role == database_owner() && !superuser());
}

// The session user's own rights, as in REFRESH MATERIALIZED VIEW by the owner: not more than the session has
// anyway.
bool is_sessions_own_operation() {
  return !InLocalUserIdChange() && GetUserId() == GetOuterUserId();
}

const char* role_name(Oid role) {
  const char* name = GetUserNameFromId(role, true);
  return name != nullptr ? name : psprintf("%u", role);
}

#if PG_VERSION_NUM >= 150000

const config_generic* find_setting(const char* name) {
#if PG_VERSION_NUM >= 160000
  return find_option(name, false, true, ERROR);
#else
  config_generic** const all = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); ++i)
    if (strcmp(all[i]->name, name) == 0) return all[i];
  return nullptr;
#endif
}

// Any role may ALTER ROLE … SET for itself, and set parameters of its connection.
Oid chooser_of(const config_generic& setting) {
  if (setting.source >= PGC_S_INTERACTIVE) return setting.srole;
  switch (setting.source) {
    case PGC_S_USER:
    case PGC_S_DATABASE_USER:
    case PGC_S_CLIENT:
      return GetSessionUserId();
    case PGC_S_DATABASE:
      return database_owner();
    default:
      return BOOTSTRAP_SUPERUSERID;  // its default, the configuration files, ALTER ROLE ALL
  }
}

void check_chooser(const char* setting, const char* table_setting, const char* table) {
  const config_generic* found = find_setting(setting);
  if (found == nullptr) elog(ERROR, "tailor_search: no setting %s", setting);
  const Oid chooser = chooser_of(*found);
  if (has_current_rights(chooser)) return;
  const char* current = role_name(GetUserId());
  ereport(ERROR,
          (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
           errmsg("relation %s is not searched with the rights of role \"%s\"", table, current),
           errdetail("The value of %s is the choice of role \"%s\". In a SECURITY DEFINER function or a "
                     "maintenance command only a role with the rights of \"%s\" may choose the tables.",
                     setting, role_name(chooser), current),
           errhint("Name the table in the function itself: ALTER FUNCTION ... SET %s = %s.", table_setting,
                   kExample)));
}

#endif

const char* lacks_rights(Oid owner) {
  return psprintf("Its owner, role \"%s\", lacks these rights, and reading it may run code of the owner's.",
                  role_name(owner));
}

[[noreturn]] void refuse_relation(Oid relation, const char* detail, const char* hint) {
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("relation %s is not searched with the rights of role \"%s\"",
                         qualified_name(relation), role_name(GetUserId())),
                  errdetail("%s", detail), errhint("%s", hint)));
  pg_unreachable();
}

}  // namespace

bool has_lent_rights() {
  return InLocalUserIdChange() || InSecurityRestrictedOperation();
}

// PostgreSQL 14 does not record which role made a setting: there, the owner's rights alone are checked.
void check_chosen_name([[maybe_unused]] const char* setting, [[maybe_unused]] const char* name,
                       [[maybe_unused]] bool has_schema) {
#if PG_VERSION_NUM >= 150000
  check_chooser(setting, setting, name);
  if (!has_schema) check_chooser("search_path", setting, name);
#endif
}

void check_owner(Oid relation, const char* setting) {
  if (is_sessions_own_operation()) return;
  const Oid owner = relation_owner(relation);
  const bool temporary = get_rel_persistence(relation) == RELPERSISTENCE_TEMP;
  if (!temporary && has_current_rights(owner)) return;
  const char* because = temporary ? "It is temporary: any caller may make one that hides the right table."
                                  : lacks_rights(owner);
  const char* owned = psprintf("ALTER FUNCTION ... OWNER TO %s if that is the right table; else ",
                               quote_identifier(role_name(owner)));
  refuse_relation(
      relation, psprintf("The setting %s names it. %s", setting, because),
      psprintf("%sALTER FUNCTION ... SET %s = %s names another.", temporary ? "" : owned, setting, kExample));
}

void check_owners_below(Oid relation, const char* setting) {
  if (is_sessions_own_operation()) return;
  ListCell* cell = nullptr;
  foreach (cell, lock_read_relations(relation)) {
    const Oid read = lfirst_oid(cell);
    const Oid owner = relation_owner(read);
    if (has_current_rights(owner)) continue;
    const char* name = qualified_name(read);
    refuse_relation(relation,
                    psprintf("The setting %s names it, and what reads it reads %s. %s", setting, name,
                             lacks_rights(owner)),
                    psprintf("ALTER TABLE %s OWNER TO %s if that is right; else ALTER FUNCTION ... SET %s = "
                             "%s names another.",
                             name, quote_identifier(role_name(GetUserId())), setting, kExample));
  }
}

}  // namespace tailor
