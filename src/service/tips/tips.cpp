#include "service/tips/tips.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::tips {

namespace {

constexpr std::string_view kWhere = "tips";

/// A sealed version opens for its own case and place only.
Bytes associated_with(std::string_view what, const ReportId& report, std::uint64_t version) {
  return Writer().text(what).fixed(report.value).u64(version).take();
}

}  // namespace

Bytes tip_key_place(const ReportId& report, std::uint64_t version) {
  return associated_with("lightkeeper tip key v1", report, version);
}

Result<std::uint64_t> Tips::keep(const AccountId& author, const ReportId& report, BytesView facts) {
  if (facts.empty() || facts.size() > kMaxFacts) {
    return fail(facts.empty() ? ErrorCode::bad_argument : ErrorCode::too_large, kWhere);
  }
  LK_TRY(before, newest(report));
  if (before.version > 0 && before.author == author && std::ranges::equal(before.bytes, facts)) {
    return before.version;
  }
  const std::uint64_t version = before.version + 1;
  if (version > kMaxVersions) {
    return fail(ErrorCode::too_many_requests, kWhere, "the facts were changed very often");
  }
  // A key of its own seals one version once, so the nonce may be fixed.
  crypto::AeadKey key{SecretBytes(32)};
  rng_.fill(key.bytes.expose_secret_for_writing());
  LK_TRY(wrapped, keys_.wrap(tip_key_place(report, version), key.bytes));
  const Bytes sealed =
      crypto::aead_seal(key, {}, associated_with("lightkeeper tip v1", report, version), facts);
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    if (!tx.row("SELECT 1 FROM report WHERE id = ?", report)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    if (tx.row("SELECT 1 FROM destruction WHERE case_id = ?", report)) {
      return fail(ErrorCode::evidence_destroyed, kWhere);
    }
    const auto now =
        tx.row("SELECT coalesce(max(version), 0) FROM tip_facts WHERE report = ?", report)
            ->number(0);
    if (now + 1 != version) {
      return fail(ErrorCode::conflict, kWhere, "somebody else has changed the facts meanwhile");
    }
    tx.run(
        "INSERT INTO tip_facts(report, version, author, kept_ms, wrapped_key, sealed) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        report, version, author, clock_.now(), wrapped, sealed);
    LK_CHECK_OK(audit_(
        tx, {"tip.facts", author, "case:" + report.hex(), "version " + std::to_string(version)}));
    return version;
  });
}

Result<Facts> Tips::open(const ReportId& report, const store::Row& row) {
  const auto version = row.number(0);
  LK_TRY(key, keys_.unwrap(tip_key_place(report, version), row.blob(3)));
  LK_TRY(bytes,
         crypto::aead_open({std::move(key)}, {},
                           associated_with("lightkeeper tip v1", report, version), row.blob(4)));
  return Facts{version, row.id<AccountId>(1), UnixMillis{row.number(2)}, std::move(bytes)};
}

Result<Facts> Tips::newest(const ReportId& report) {
  LK_TRY(rows, database_.read([&](store::Transaction& tx) -> Result<std::vector<store::Row>> {
    return tx.rows(
        "SELECT version, author, kept_ms, wrapped_key, sealed FROM tip_facts WHERE report = ? "
        "ORDER BY version DESC LIMIT 1",
        report);
  }));
  return rows.empty() ? Facts{} : open(report, rows.front());
}

Result<std::vector<std::string>> Tips::faults() {
  LK_TRY(all, database_.read([&](store::Transaction& tx) -> Result<std::vector<store::Row>> {
    return tx.rows(
        "SELECT version, author, kept_ms, wrapped_key, sealed, report FROM tip_facts "
        "ORDER BY report, version");
  }));
  std::vector<std::string> out;
  for (const auto& row : all) {
    const auto report = row.id<ReportId>(5);
    if (!open(report, row)) {
      out.push_back("version " + std::to_string(row.number(0)) + " of the report facts of case " +
                    report.hex() + " does not open");
    }
  }
  return out;
}

}  // namespace lightkeeper::tips
