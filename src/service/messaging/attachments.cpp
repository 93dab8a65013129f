#include "service/messaging/attachments.hpp"

#include <chrono>

#include "service/store/files.hpp"
#include "service/store/restriction.hpp"

namespace lightkeeper::messaging {

namespace {
constexpr std::string_view kWhere = "attachments";
}

std::filesystem::path Attachments::file_of(const AttachmentId& id) const {
  return folder_ / id.hex();
}

Result<AttachmentId> Attachments::put(const AccountId& owner, const ConversationId& conversation,
                                      BytesView ciphertext) {
  if (ciphertext.size() > kMaxAttachmentCiphertext) {
    return fail(ErrorCode::too_large, kWhere);
  }
  if (ciphertext.empty()) {
    return fail(ErrorCode::bad_argument, kWhere, "an attachment is not empty");
  }
  const auto check = [&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(store::check_not_restricted(tx, owner));
    if (!tx.row("SELECT 1 FROM member WHERE conversation = ? AND account = ?", conversation,
                owner)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    const auto used =
        tx.row("SELECT coalesce(sum(size), 0) FROM attachment WHERE owner = ?", owner)->number(0);
    if (used + ciphertext.size() > kAttachmentQuota) {
      return fail(ErrorCode::too_many_requests, kWhere,
                  "this account's space for pictures is used up");
    }
    return {};
  };
  LK_CHECK_OK(database_.read(check));
  const AttachmentId id{rng_.array<16>()};
  // The file first: a row always has its file. A file without a row is swept up later.
  LK_CHECK_OK(store::write_durably(file_of(id), ciphertext));
  auto written = database_.write([&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(check(tx));
    tx.run(
        "INSERT INTO attachment(id, conversation, owner, size, created_ms) VALUES(?, ?, ?, ?, ?)",
        id, conversation, owner, ciphertext.size(), clock_.now());
    return {};
  });
  LK_CHECK_OK(std::move(written));
  return id;
}

Result<Bytes> Attachments::get(const AccountId& reader, const AttachmentId& id) {
  LK_CHECK_OK(database_.read([&](store::Transaction& tx) -> Status {
    if (!tx.row(
            "SELECT 1 FROM attachment JOIN member ON member.conversation = attachment.conversation "
            "WHERE attachment.id = ? AND member.account = ?",
            id, reader)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    return {};
  }));
  return store::read_file(file_of(id), kMaxAttachmentCiphertext);
}

Result<Bytes> Attachments::get_for_report(const AccountId& reporter, const AttachmentId& id) {
  LK_CHECK_OK(database_.read([&](store::Transaction& tx) -> Status {
    if (!tx.row(
            "SELECT 1 FROM attachment WHERE id = ?1 AND (EXISTS(SELECT 1 FROM member WHERE "
            "member.conversation = attachment.conversation AND account = ?2) OR EXISTS(SELECT 1 "
            "FROM past_member WHERE past_member.conversation = attachment.conversation AND "
            "account = ?2))",
            id, reporter)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    return {};
  }));
  return store::read_file(file_of(id), kMaxAttachmentCiphertext);
}

Status Attachments::forget_before(UnixMillis cutoff) {
  LK_TRY(old, database_.write([&](store::Transaction& tx) -> Result<std::vector<AttachmentId>> {
    std::vector<AttachmentId> ids;
    // What belongs to a held account stays (preservation, step 6 of the schema).
    for (const auto& row :
         tx.rows("SELECT id FROM attachment WHERE created_ms < ? AND owner NOT IN "
                 "(SELECT account FROM held_account)",
                 cutoff)) {
      ids.push_back(row.id<AttachmentId>(0));
    }
    tx.run(
        "DELETE FROM attachment WHERE created_ms < ? AND owner NOT IN "
        "(SELECT account FROM held_account)",
        cutoff);
    return ids;
  }));
  std::error_code error;
  for (const auto& id : old) {
    std::filesystem::remove(file_of(id), error);
  }
  // Files without a row: an upload or a removal that was cut off. Young ones may belong to a
  // running upload.
  const auto young = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.last_write_time(error) >= young || error) {
      continue;
    }
    const auto id = AttachmentId::from_hex(entry.path().filename().string());
    LK_TRY(known, database_.read([&](store::Transaction& tx) -> Result<bool> {
      return id && tx.row("SELECT 1 FROM attachment WHERE id = ?", *id).has_value();
    }));
    if (!known) {
      std::filesystem::remove(entry.path(), error);
    }
  }
  return {};
}

Result<std::vector<std::string>> Attachments::faults() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const auto& row : tx.rows("SELECT id, size FROM attachment")) {
      std::error_code error;
      const auto file = file_of(row.id<AttachmentId>(0));
      const auto size = std::filesystem::file_size(file, error);
      if (error || size != row.number(1)) {
        out.push_back("attachment file " + file.filename().string() +
                      (error ? " is missing" : " has another size"));
      }
    }
    return out;
  });
}

}  // namespace lightkeeper::messaging
