// The devices of an account: each with its own key, queue and key packages, and none without a word
// to everybody who shares a conversation with it.
#include <algorithm>

#include "core/base/codec.hpp"
#include "service/messaging/delivery.hpp"

namespace lightkeeper::messaging {

namespace {

constexpr std::string_view kWhere = "devices";
constexpr std::size_t kMaxKey = 256;

/// Not random, so that the same first request twice makes one device.
DeviceId id_for(const AccountId& account, BytesView key, bool first) {
  if (first) {
    return Caller(account).device;
  }
  Writer fields;
  fields.text("lightkeeper device id v1").fixed(account.value).bytes(key);
  const auto digest = crypto::sha256(fields.view());
  DeviceId out;
  std::ranges::copy(std::span(digest).first<16>(), out.value.begin());
  return out;
}

/// Tells every device but one, of everybody in every conversation with `account`, that `about`
/// came, was vouched for or went. Gives whom to wake.
Result<std::vector<AccountId>> announce(store::Transaction& tx, const AccountId& account,
                                        const DeviceId& about, const DeviceId& but,
                                        UnixMillis now) {
  std::vector<AccountId> awake{account};
  for (const auto& row : tx.rows(
           "SELECT conversation FROM member WHERE account = ? ORDER BY conversation", account)) {
    const auto conversation = row.id<ConversationId>(0);
    const auto recipients = devices_in(tx, conversation, but);
    LK_CHECK_OK(
        deliver(tx, {EventKind::devices, conversation, account, about.hex(), {}, now}, recipients));
    for (const auto& member :
         tx.rows("SELECT account FROM member WHERE conversation = ?", conversation)) {
      awake.push_back(member.id<AccountId>(0));
    }
  }
  std::ranges::sort(awake);
  const auto same = std::ranges::unique(awake);
  awake.erase(same.begin(), same.end());
  return awake;
}

Status check_person(store::Transaction& tx, const AccountId& account) {
  if (!tx.row("SELECT 1 FROM account WHERE id = ? AND role = 'person'", account)) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return {};
}

std::optional<Bytes> take_key_package(store::Transaction& tx, const DeviceId& device) {
  const auto row =
      tx.row("SELECT id, bytes FROM key_package WHERE device = ? ORDER BY id LIMIT 1", device);
  if (!row) {
    return std::nullopt;
  }
  tx.run("DELETE FROM key_package WHERE id = ?", row->integer(0));
  return row->blob(1);
}

}  // namespace

Bytes vouch_statement(const AccountId& account, BytesView signature_key) {
  return Writer().text("lightkeeper device v1").fixed(account.value).bytes(signature_key).take();
}

Result<DeviceId> Messaging::use_device(const crypto::Digest& session, const AccountId& account,
                                       BytesView key, std::string_view name) {
  if (key.empty() || key.size() > kMaxKey) {
    return fail(ErrorCode::bad_key, kWhere, "a signature key has 1 to 256 bytes");
  }
  if (name.size() > kMaxDeviceName) {
    return fail(ErrorCode::too_large, kWhere, "the name of a device");
  }
  std::vector<AccountId> awake;
  LK_TRY(device, database_.write([&](store::Transaction& tx) -> Result<DeviceId> {
    LK_CHECK_OK(check_person(tx, account));
    DeviceId id;
    if (const auto known =
            tx.row("SELECT id, removed_ms FROM device WHERE account = ? AND signature_key = ?",
                   account, key)) {
      if (!known->null(1)) {
        return fail(ErrorCode::device_removed, kWhere);
      }
      id = known->id<DeviceId>(0);
    } else {
      const bool first = !tx.row("SELECT 1 FROM device WHERE account = ?", account);
      const auto in_use =
          tx.row("SELECT count(*) FROM device WHERE account = ? AND removed_ms IS NULL", account)
              ->number(0);
      if (in_use >= kMaxDevices) {
        return fail(
            ErrorCode::too_many_requests, kWhere,
            "this account has 20 devices, which is the limit; remove one that is not used any "
            "more, then sign in again");
      }
      id = id_for(account, key, first);
      const auto now = clock_.now();
      tx.run(
          "INSERT INTO device(id, account, signature_key, name, created_ms) VALUES(?, ?, ?, ?, ?)",
          id, account, key, name, now);
      LK_TRY(told, announce(tx, account, id, id, now));
      awake = std::move(told);
    }
    // Sessions of tests and of tools live outside of the table; they stay the first device.
    if (tx.row("SELECT 1 FROM session WHERE token_hash = ?", session)) {
      tx.run("INSERT OR REPLACE INTO session_device(token_hash, device) VALUES(?, ?)", session, id);
    }
    return id;
  }));
  relay_.wake(awake);
  return device;
}

Result<std::vector<DeviceView>> Messaging::devices(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<DeviceView>> {
    LK_CHECK_OK(check_person(tx, account));
    std::vector<DeviceView> out;
    for (const auto& row :
         tx.rows("SELECT id, name, signature_key, created_ms, vouched_by, vouch FROM device "
                 "WHERE account = ? AND removed_ms IS NULL ORDER BY created_ms, id",
                 account)) {
      DeviceView view;
      view.device = row.id<DeviceId>(0);
      view.name = row.text(1);
      view.signature_key = row.blob(2);
      view.created.value = row.number(3);
      if (!row.null(4)) {
        view.vouched_by = row.id<DeviceId>(4);
        view.vouch = row.blob(5);
      }
      out.push_back(std::move(view));
    }
    return out;
  });
}

Result<std::vector<Bytes>> Messaging::signature_keys(const AccountId& account) {
  LK_TRY(all, devices(account));
  std::vector<Bytes> out;
  for (auto& device : all) {
    out.push_back(std::move(device.signature_key));
  }
  return out;
}

Status Messaging::vouch(const Caller& by, const DeviceId& device,
                        const crypto::Signature& signature) {
  if (by.device == device) {
    return fail(ErrorCode::bad_argument, kWhere, "a device does not vouch for itself");
  }
  std::vector<AccountId> awake;
  auto written = database_.write([&](store::Transaction& tx) -> Status {
    const auto key_of = [&](const DeviceId& id) {
      return tx.row(
          "SELECT signature_key, vouch FROM device WHERE id = ? AND account = ? AND removed_ms IS "
          "NULL",
          id, by.account);
    };
    const auto signer = key_of(by.device);
    const auto wanted = key_of(device);
    if (!signer || !wanted) {
      return fail(ErrorCode::not_found, kWhere);
    }
    if (!wanted->null(1)) {
      if (wanted->blob(1) == to_bytes(signature)) {
        return {};
      }
      return fail(ErrorCode::conflict, kWhere, "another device vouched before");
    }
    const auto key = to_array<32>(signer->blob(0));
    if (!key) {
      return fail(ErrorCode::bad_key, kWhere, "not an Ed25519 key");
    }
    LK_CHECK_OK(crypto::verify(crypto::VerifyingKey{*key},
                               vouch_statement(by.account, wanted->blob(0)), signature));
    tx.run("UPDATE device SET vouched_by = ?, vouch = ? WHERE id = ?", by.device, signature,
           device);
    LK_TRY(told, announce(tx, by.account, device, by.device, clock_.now()));
    awake = std::move(told);
    return {};
  });
  LK_CHECK_OK(std::move(written));
  relay_.wake(awake);
  return {};
}

Status Messaging::remove_device(const AccountId& owner, const DeviceId& device) {
  std::vector<AccountId> awake;
  auto written = database_.write([&](store::Transaction& tx) -> Status {
    const auto row =
        tx.row("SELECT removed_ms FROM device WHERE id = ? AND account = ?", device, owner);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    if (!row->null(0)) {
      return {};
    }
    const auto now = clock_.now();
    tx.run("UPDATE device SET removed_ms = ? WHERE id = ?", now, device);
    tx.run("DELETE FROM key_package WHERE device = ?", device);
    tx.run(
        "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session_device WHERE "
        "device = ?)",
        device);
    empty_mailbox(tx, device);
    LK_TRY(told, announce(tx, owner, device, device, now));
    awake = std::move(told);
    return {};
  });
  LK_CHECK_OK(std::move(written));
  relay_.end_device(device);
  relay_.wake(awake);
  return {};
}

// --- Key packages
// ----------------------------------------------------------------------------------------

Result<std::uint64_t> Messaging::add_key_packages(const Caller& who,
                                                  std::span<const Bytes> packages) {
  for (const auto& package : packages) {
    if (package.size() > kMaxKeyPackage) {
      return fail(ErrorCode::too_large, kWhere);
    }
    if (package.empty()) {
      return fail(ErrorCode::bad_argument, kWhere, "a key package is not empty");
    }
  }
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    for (const auto& package : packages) {
      tx.run("INSERT OR IGNORE INTO key_package(device, hash, bytes) VALUES(?, ?, ?)", who.device,
             crypto::sha256(package), package);
    }
    const auto count =
        tx.row("SELECT count(*) FROM key_package WHERE device = ?", who.device)->number(0);
    if (count > kMaxKeyPackages) {
      return fail(ErrorCode::too_many_requests, kWhere, "enough key packages are stored");
    }
    return count;
  });
}

Result<std::uint64_t> Messaging::key_packages(const Caller& who) {
  return database_.read([&](store::Transaction& tx) -> Result<std::uint64_t> {
    return tx.row("SELECT count(*) FROM key_package WHERE device = ?", who.device)->number(0);
  });
}

Result<std::vector<ClaimedKeyPackage>> Messaging::claim_key_packages(const Caller& by,
                                                                     const AccountId& account) {
  return database_.write([&](store::Transaction& tx) -> Result<std::vector<ClaimedKeyPackage>> {
    LK_CHECK_OK(check_person(tx, account));
    std::vector<ClaimedKeyPackage> out;
    for (const auto& device : devices_of(tx, account)) {
      if (device == by.device) {
        continue;
      }
      if (auto package = take_key_package(tx, device)) {
        out.push_back({device, *std::move(package)});
      }
    }
    if (out.empty()) {
      return fail(ErrorCode::no_key_package, kWhere);
    }
    return out;
  });
}

Result<Bytes> Messaging::claim_key_package(const DeviceId& device) {
  return database_.write([&](store::Transaction& tx) -> Result<Bytes> {
    if (!tx.row("SELECT 1 FROM device WHERE id = ? AND removed_ms IS NULL", device)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    auto package = take_key_package(tx, device);
    if (!package) {
      return fail(ErrorCode::no_key_package, kWhere);
    }
    return *std::move(package);
  });
}

}  // namespace lightkeeper::messaging
