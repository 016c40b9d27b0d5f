### サインイン用リンクのメール。

mail-link-title = { $tenant } へのサインイン
mail-link-lead = リンクを要求したブラウザーで、次のボタンを押してください。
mail-link-button = サインイン
mail-link-valid = このリンクは、そのブラウザーで一度だけ使えます。有効期間は{ $wait }です。
mail-link-not-you = お心当たりがない場合、何もする必要はありません。このメールだけでは誰もサインインできません。
mail-link-why = このメールは、このアドレスでサインイン用リンクが要求されたため送信されました。
